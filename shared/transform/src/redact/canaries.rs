//! Fake secrets of every pattern, for tests that push them through and look for them at the other end.
//!
//! Put together while running, so that no scanner takes the repository for leaky; random by a fixed seed, so that
//! a test that fails fails again.

/// A fake secret.
#[derive(Clone, Debug)]
pub struct Canary {
    /// What it imitates.
    pub name: &'static str,
    /// What must never be seen again.
    pub secret: String,
    /// A sentence that gives it away.
    pub text: String,
}

const BASE62: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &str = "0123456789abcdef";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// One of each.
pub fn canaries() -> Vec<Canary> {
    let mut random = Random(0x5EED_CA9A_41E5_0001);
    let mut all = Vec::new();
    for (name, prefix, alphabet, length) in TOKENS {
        let secret = format!("{}{}", prefix.concat(), random.string(alphabet, *length));
        let text = format!("upstream refused {secret} for the deploy job");
        all.push(Canary { name, secret, text });
    }
    for (name, before, alphabet, length, after) in PLACED {
        let secret = random.string(alphabet, *length);
        let text = format!("{}{secret}{after}", before.concat());
        all.push(Canary { name, secret, text });
    }
    all.push(jwt(&mut random));
    all.push(pem(&mut random));
    all.push(basic(&mut random));
    all
}

/// Tokens by their shape: the prefix in parts, and what follows.
const TOKENS: &[(&str, &[&str], &str, usize)] = &[
    ("aws access key", &["AK", "IA"], UPPER, 16),
    ("aws session key", &["AS", "IA"], UPPER, 16),
    ("aws secret key", &[""], BASE64, 40),
    ("github classic", &["gh", "p_"], BASE62, 36),
    ("github oauth", &["gh", "o_"], BASE62, 36),
    ("github fine-grained", &["github", "_pat_"], BASE62, 82),
    ("gitlab", &["gl", "pat-"], BASE62, 20),
    ("slack bot", &["xo", "xb-", "123456789012-"], BASE62, 24),
    ("slack user", &["xo", "xp-", "123456789012-"], BASE62, 32),
    ("slack app", &["xa", "pp-1-"], BASE62, 32),
    ("stripe live", &["sk", "_live_"], BASE62, 24),
    ("stripe restricted", &["rk", "_live_"], BASE62, 24),
    ("webhook signing key", &["wh", "sec_"], BASE62, 32),
    ("openai project", &["sk", "-proj-"], BASE62, 48),
    ("openai", &["s", "k-"], BASE62, 48),
    ("anthropic", &["sk", "-ant-", "api03-"], BASE62, 93),
    ("google api key", &["AI", "za"], BASE62, 35),
    ("google oauth", &["ya", "29."], BASE62, 60),
    ("vault service", &["hv", "s."], BASE62, 90),
    ("vault batch", &["hv", "b."], BASE62, 120),
    ("vault recovery", &["hv", "r."], BASE62, 90),
    ("vault old service", &["s", "."], BASE62, 24),
    ("vault old batch", &["b", "."], BASE62, 24),
    ("npm", &["np", "m_"], BASE62, 36),
    ("hex key", &[""], HEX, 64),
    ("unseal key", &[""], BASE64, 44),
    ("datadog api key", &[""], HEX, 32),
];

/// Secrets by their place: what stands before, the secret's letters and length, what stands after.
const PLACED: &[(&str, &[&str], &str, usize, &str)] = &[
    ("connection string", &["Server=db;User=app;Pass", "word="], BASE62, 12, ";Encrypt=true"),
    ("postgres url", &["could not reach postgres", "://app:"], BASE62, 12, "@db.internal:5432/pay"),
    ("https url", &["cloning https", "://ci:"], BASE62, 16, "@git.internal/app.git"),
    ("bearer header", &["Authorization: Bea", "rer "], BASE62, 24, ""),
    ("vault header", &["sent X-Vault-", "Token: "], BASE62, 20, " to the proxy"),
    ("cookie header", &["Coo", "kie: session="], BASE62, 18, ""),
    ("json inside", &[r#"body was {"api_"#, r#"key":""#], BASE62, 14, r#""}"#),
    ("json inside json", &[r#"body was {\"pass"#, r#"word\":\""#], BASE62, 14, r#"\"}"#),
    (
        "presigned url",
        &["https://b.s3.amazonaws.com/k?X-Amz-Sign", "ature="],
        HEX,
        64,
        "&X-Amz-Expires=60",
    ),
    ("presigned token", &["GET /k?X-Amz-Security-", "Token="], BASE62, 48, "&versionId=1"),
    (
        "sas url",
        &["https://acct.blob.core.windows.net/c/b?sv=2024&", "sig="],
        BASE62,
        43,
        "&se=2026",
    ),
    (
        "slack webhook",
        &["posting to https://hooks.sl", "ack.com/services/T00/B00/"],
        BASE62,
        24,
        "",
    ),
    ("teams webhook", &["https://acme.webhook.off", "ice.com/webhookb2/"], BASE62, 36, ""),
    ("storage key", &["AccountName=a;Account", "Key="], BASE62, 24, ";EndpointSuffix=x"),
    ("totp seed", &["otpauth://totp/acme:maria?se", "cret="], UPPER, 16, "&issuer=acme"),
    ("command line", &["ran psql --pass", "word=", ""], BASE62, 10, " --host db"),
];

fn jwt(random: &mut Random) -> Canary {
    let secret = format!(
        "{}{}.{}.{}",
        "ey",
        "JhbGciOiJIUzI1NiJ9",
        format_args!("eyJ{}", random.string(BASE62, 60)),
        random.string(BASE62, 43)
    );
    Canary { name: "jwt", text: format!("token {secret} has expired"), secret }
}

fn pem(random: &mut Random) -> Canary {
    let secret = random.string(BASE64, 64);
    let label = ["PRIV", "ATE KEY"].concat();
    let text =
        format!("could not parse -----BEGIN {label}-----\n{secret}\n-----END {label}----- as DER");
    Canary { name: "private key", secret, text }
}

fn basic(random: &mut Random) -> Canary {
    use base64::Engine;
    let pair = format!("svc:{}", random.string(BASE62, 18));
    let secret = base64::engine::general_purpose::STANDARD.encode(pair);
    Canary {
        name: "basic header",
        text: format!("curl -H 'Authorization: Ba{} {secret}'", "sic"),
        secret,
    }
}

/// Knuth's 64-bit linear congruential generator.
pub(super) struct Random(u64);

impl Random {
    #[cfg(test)]
    pub(super) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(super) fn string(&mut self, alphabet: &str, length: usize) -> String {
        let letters = alphabet.as_bytes();
        let mut letter = || {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let place = usize::try_from(self.0 >> 33).unwrap_or_default() % letters.len();
            letters.get(place).copied().map_or('A', char::from)
        };
        (0..length).map(|_| letter()).collect()
    }
}
