"""What the benchmark is made of. `bench.py` is the way in."""
