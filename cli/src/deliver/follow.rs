//! `deliver --follow`: delivers what is written from now on, says how it does, and reads its configuration again on SIGHUP.
//!
//! Each reading of the configuration makes a generation of workers. The next one begins when the last one has come to
//! its end as if the program had been told to stop, so that cursors have one writer at a time.

pub(super) mod metrics;
mod watch;

use std::collections::HashMap;
use std::path::PathBuf;

use delivery::tools::Tools;
use futures::future::join_all;
use indicatif::ProgressBar;
use jiff::Timestamp;
use tokio::signal::unix::Signal;

use self::watch::Watch;
use super::report;
use super::total::Total;
use super::worker::Worker;
use super::{Setup, State};
use crate::args::{DeliverArgs, General};
use crate::check;
use crate::config::{self, Adapter, Export};
use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::Talk;
use crate::runtime::runtime;
use crate::service;
use crate::stop::{self, Stop};

/// What the configuration says, as far as it can be found right before anything is stopped or begun.
struct Plan {
    export: Export,
    /// The paths that are followed, whether they are there or not.
    paths: Vec<PathBuf>,
}

impl Plan {
    fn read(args: &DeliverArgs, general: &General) -> Result<Plan, Failure> {
        let export = config::load(general)?;
        let plan = Plan { paths: config::paths(&args.paths, general)?, export };
        let tools = Tools::default();
        for adapter in plan.adapters(args)? {
            adapter.pipeline(&tools)?;
        }
        if !plan.export.enabled {
            return Err(Failure::config(
                "[export] enabled = false, and --follow exports continuously",
            )
            .hint("set it to true in the configuration file"));
        }
        if plan.paths.iter().any(|path| path.as_os_str() == "-") {
            return Err(super::no_place());
        }
        input::followed(&plan.paths)?;
        Ok(plan)
    }

    fn adapters(&self, args: &DeliverArgs) -> Result<Vec<&Adapter>, Failure> {
        check::chosen(&self.export, &args.adapters)
    }
}

/// Follows until it is told to stop.
pub(super) fn run(
    args: &DeliverArgs,
    general: &General,
    now: Timestamp,
    talk: &Talk,
) -> Result<Exit, Failure> {
    if args.dry_run {
        return Err(Failure::usage("--dry-run has no end with --follow"));
    }
    let plan = Plan::read(args, general)?;
    let setup = Setup::new(args, now, talk)?;
    let runtime = runtime()?;
    let end = runtime.block_on(async {
        let stop = Stop::on_signals()?;
        let hangups = stop::hangups()?;
        let watch = Watch::start(args, now, talk).await?;
        Follower { setup, general, stop, hangups, watch, talk }.run(plan).await
    });
    runtime.shutdown_background();
    end
}

struct Follower<'a> {
    setup: Setup<'a>,
    general: &'a General,
    stop: Stop,
    hangups: Signal,
    watch: Watch,
    talk: &'a Talk,
}

impl Follower<'_> {
    /// One generation of workers after the other.
    async fn run(mut self, mut plan: Plan) -> Result<Exit, Failure> {
        let mut totals = HashMap::new();
        loop {
            check::warn(&plan.export, self.talk);
            let stop = self.stop.child();
            let mut workers = self.workers(&plan, &stop, &mut totals)?;
            self.begin(&workers, &plan);
            let (end, next) = self.generation(&mut workers, &plan, &stop).await;
            if let (Ok(()), Some(next), false) = (&end, next, self.stop.is_set()) {
                for worker in workers {
                    worker.notices.finish(self.setup.args.reading.phases, self.talk);
                    totals.insert(worker.id, worker.total.begun_anew());
                }
                plan = next;
                continue;
            }
            self.watch.end();
            report::report(&workers, self.setup.args, &[], self.talk)?;
            if let Some(first) = workers.first() {
                first.notices.finish(self.setup.args.reading.phases, self.talk);
            }
            return end.map(|()| report::exit(&workers, self.setup.args, self.stop.is_set()));
        }
    }

    /// The workers, each counting on where the last one of its id ended.
    fn workers(
        &self,
        plan: &Plan,
        stop: &Stop,
        totals: &mut HashMap<String, Total>,
    ) -> Result<Vec<Worker>, Failure> {
        let mut workers = self.setup.workers(&plan.adapters(self.setup.args)?, stop)?;
        for worker in &mut workers {
            worker.total = totals.remove(&worker.id).unwrap_or_default();
            worker.gauge.total(&worker.total);
        }
        for (id, total) in totals.drain() {
            self.talk.note(&format!("{id}: no longer delivered to; {}", total.words()));
        }
        Ok(workers)
    }

    /// Says what is done from now on.
    fn begin(&mut self, workers: &[Worker], plan: &Plan) {
        let paths: Vec<String> = plan.paths.iter().map(|path| path.display().to_string()).collect();
        let adapters: Vec<String> =
            workers.iter().map(|worker| format!("{} ({})", worker.id, worker.kind)).collect();
        let State { folder, .. } = &self.setup.state;
        let state = folder.as_ref().map_or(String::new(), |folder| folder.display().to_string());
        self.talk.note(&format!(
            "following {}; delivering to {}; state in {state}",
            paths.join(", "),
            adapters.join(", ")
        ));
        let gauges = workers.iter().map(|worker| worker.gauge.clone()).collect();
        self.watch.begin(paths, plan.paths.clone(), gauges);
    }

    /// Until told to stop, or until the configuration was changed and is right: then with the next plan.
    async fn generation(
        &mut self,
        workers: &mut [Worker],
        plan: &Plan,
        stop: &Stop,
    ) -> (Result<(), Failure>, Option<Plan>) {
        let work = all(workers, &plan.paths);
        tokio::pin!(work);
        let mut stopping = false;
        loop {
            tokio::select! {
                biased;
                () = self.stop.set(), if !stopping => {
                    stopping = true;
                    service::stopping();
                    continue;
                }
                end = &mut work => return (end, None),
                _ = self.hangups.recv(), if !stopping => {}
            }
            service::reloading();
            match Plan::read(self.setup.args, self.general) {
                Ok(next) => {
                    self.talk.note("SIGHUP: reading the configuration again");
                    stop.now();
                    return (work.await, Some(next));
                }
                Err(failure) => {
                    self.talk
                        .warn("SIGHUP: the configuration is wrong; going on with the one before");
                    self.talk.failure(&failure);
                    self.watch.ready();
                }
            }
        }
    }
}

/// All workers of a generation. A follower that has silently lost one of its adapters is worse than one that ends.
async fn all(workers: &mut [Worker], paths: &[PathBuf]) -> Result<(), Failure> {
    let bar = ProgressBar::hidden();
    let ends = workers.iter_mut().map(|worker| {
        let bar = &bar;
        async move {
            let end = worker.follow(paths, bar).await;
            if end.is_err() {
                worker.stop.now();
            }
            end
        }
    });
    join_all(ends).await.into_iter().collect()
}
