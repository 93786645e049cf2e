//! What tokens begin with, and what must follow.
//!
//! Prefixes and lengths as their makers publish them for secret scanners. Minimum lengths are a little below the
//! published ones, so that a token cut by a log's own limit is still one; where a prefix is short or a word, the
//! published length must be met.

/// A prefix at the beginning of a word, and what must follow.
pub(super) struct Prefix {
    pub(super) text: &'static [u8],
    pub(super) least: usize,
    /// Longer tails are something else.
    pub(super) most: usize,
    pub(super) tail: fn(u8) -> bool,
    pub(super) kind: &'static str,
}

const fn prefix(
    text: &'static str,
    least: usize,
    tail: fn(u8) -> bool,
    kind: &'static str,
) -> Prefix {
    Prefix { text: text.as_bytes(), least, most: usize::MAX, tail, kind }
}

const fn exact(
    text: &'static str,
    length: usize,
    tail: fn(u8) -> bool,
    kind: &'static str,
) -> Prefix {
    Prefix { text: text.as_bytes(), least: length, most: length, tail, kind }
}

/// Longer prefixes before their beginnings: `sk-ant-` before `sk-`.
pub(super) const PREFIXES: &[Prefix] = &[
    // Clouds
    exact("AKIA", 16, upper, "aws_key"),
    exact("ASIA", 16, upper, "aws_key"),
    exact("ABIA", 16, upper, "aws_key"),
    exact("ACCA", 16, upper, "aws_key"),
    exact("A3T", 17, upper, "aws_key"),
    prefix("ABSK", 80, in_base64, "aws_bedrock"),
    prefix("bedrock-api-key-", 20, in_base64, "aws_bedrock"),
    prefix("AIza", 30, word, "google"),
    prefix("GOCSPX-", 20, word, "google"),
    prefix("1//0", 30, word, "google"),
    prefix("LTAI", 16, alphanumeric, "alibaba"),
    exact("AKID", 32, alphanumeric, "tencent"),
    prefix("dop_v1_", 40, alphanumeric, "digitalocean"),
    prefix("doo_v1_", 40, alphanumeric, "digitalocean"),
    prefix("dor_v1_", 40, alphanumeric, "digitalocean"),
    prefix("HRKU-", 30, word, "heroku"),
    prefix("fo1_", 30, word, "flyio"),
    prefix("fm1a_", 60, in_base64, "flyio"),
    prefix("fm1r_", 60, in_base64, "flyio"),
    prefix("fm2_", 60, in_base64, "flyio"),
    prefix("rnd_", 24, alphanumeric, "render"),
    prefix("nfp_", 30, alphanumeric, "netlify"),
    prefix("vcp_", 30, alphanumeric, "vercel"),
    prefix("cfut_", 30, alphanumeric, "cloudflare"),
    prefix("cfat_", 30, alphanumeric, "cloudflare"),
    prefix("tk-us-", 40, word, "scalingo"),
    prefix("AQVN", 32, word, "yandex"),
    exact("YC", 38, word, "yandex"),
    // Code, packages, builds
    prefix("ghp_", 20, word, "github"),
    prefix("gho_", 20, word, "github"),
    prefix("ghu_", 20, word, "github"),
    prefix("ghs_", 20, word, "github"),
    prefix("ghr_", 20, word, "github"),
    prefix("github_pat_", 20, word, "github"),
    prefix("glpat-", 16, dotted, "gitlab"),
    prefix("gldt-", 16, word, "gitlab"),
    prefix("glrt-", 16, dotted, "gitlab"),
    prefix("glrtr-", 16, dotted, "gitlab"),
    prefix("glptt-", 16, word, "gitlab"),
    prefix("glcbt-", 16, word, "gitlab"),
    prefix("glsoat-", 16, word, "gitlab"),
    prefix("glffct-", 16, word, "gitlab"),
    prefix("glft-", 16, word, "gitlab"),
    prefix("glimt-", 16, word, "gitlab"),
    prefix("glagent-", 30, word, "gitlab"),
    prefix("gloas-", 30, word, "gitlab"),
    prefix("GR1348941", 16, word, "gitlab"),
    prefix("npm_", 30, alphanumeric, "npm"),
    prefix("pypi-Ag", 40, word, "pypi"),
    prefix("rubygems_", 40, alphanumeric, "rubygems"),
    prefix("CLOJARS_", 40, alphanumeric, "clojars"),
    exact("oy2", 43, alphanumeric, "nuget"),
    exact("cio", 32, alphanumeric, "crates_io"),
    prefix("AKCp", 40, alphanumeric, "artifactory"),
    prefix("cmVmd", 40, alphanumeric, "artifactory"),
    prefix("dckr_pat_", 20, word, "docker"),
    prefix("dckr_oat_", 20, word, "docker"),
    prefix("ATATT3", 40, word, "atlassian"),
    prefix("ATCTT3", 40, word, "atlassian"),
    prefix("ATBB", 24, alphanumeric, "atlassian"),
    prefix("CCIPAT_", 30, word, "circleci"),
    prefix("CCIPRJ_", 30, word, "circleci"),
    prefix("bkua_", 30, alphanumeric, "buildkite"),
    prefix("pul-", 36, hex, "pulumi"),
    prefix("PMAK-", 50, hex_or_dash, "postman"),
    prefix("API-", 24, upper, "octopus"),
    prefix("squ_", 36, word, "sonar"),
    prefix("sqp_", 36, word, "sonar"),
    prefix("sqa_", 36, word, "sonar"),
    prefix("sgp_", 36, word, "sourcegraph"),
    prefix("slk_", 36, alphanumeric, "sourcegraph"),
    prefix("pnu_", 32, alphanumeric, "prefect"),
    prefix("ico-", 30, alphanumeric, "infracost"),
    prefix("lin_api_", 30, alphanumeric, "linear"),
    prefix("lin_oauth_", 30, alphanumeric, "linear"),
    prefix("ntn_", 40, alphanumeric, "notion"),
    prefix("secret_", 43, alphanumeric, "notion"),
    prefix("figd_", 30, word, "figma"),
    prefix("rdme_", 60, alphanumeric, "readme"),
    prefix("tfp_", 40, dotted, "typeform"),
    prefix("CFPAT-", 36, word, "contentful"),
    // Vaults, identity, networks
    prefix("ops_eyJ", 60, in_base64, "onepassword"),
    prefix("A3-", 30, upper_or_dash, "onepassword"),
    prefix("AGE-SECRET-KEY-1", 40, upper, "age_key"),
    prefix("AGE-PLUGIN-", 40, upper_or_dash, "age_key"),
    prefix("p8e-", 30, alphanumeric, "adobe"),
    prefix("tskey-", 20, word, "tailscale"),
    prefix("dnkey-", 60, word, "defined_networking"),
    prefix("s-s4t2ud-", 50, hex, "intra42"),
    prefix("s-s4t2af-", 50, hex, "intra42"),
    prefix("sdk-", 36, uuid, "launchdarkly"),
    prefix("mob-", 36, uuid, "launchdarkly"),
    // Chat and mail
    prefix("xoxa-", 8, word, "slack"),
    prefix("xoxb-", 8, word, "slack"),
    prefix("xoxc-", 8, word, "slack"),
    prefix("xoxd-", 8, word, "slack"),
    prefix("xoxe.", 16, dotted, "slack"),
    prefix("xoxe-", 8, word, "slack"),
    prefix("xoxo-", 8, word, "slack"),
    prefix("xoxp-", 8, word, "slack"),
    prefix("xoxr-", 8, word, "slack"),
    prefix("xoxs-", 8, word, "slack"),
    prefix("xapp-", 8, word, "slack"),
    prefix("xwfp-", 8, word, "slack"),
    exact("SK", 32, hex, "twilio"),
    exact("key-", 32, hex, "mailgun"),
    exact("pubkey-", 32, hex, "mailgun"),
    prefix("xkeysib-", 40, word, "sendinblue"),
    prefix("xsmtpsib-", 40, word, "sendinblue"),
    prefix("pat-na1-", 30, uuid, "hubspot"),
    prefix("pat-na2-", 30, uuid, "hubspot"),
    prefix("pat-eu1-", 30, uuid, "hubspot"),
    // Money
    prefix("sk_live_", 8, word, "stripe"),
    prefix("sk_test_", 8, word, "stripe"),
    prefix("sk_prod_", 8, word, "stripe"),
    prefix("rk_live_", 8, word, "stripe"),
    prefix("rk_test_", 8, word, "stripe"),
    prefix("rk_prod_", 8, word, "stripe"),
    prefix("sk_", 28, alphanumeric, "freemius"),
    prefix("whsec_", 12, in_base64, "webhook_key"),
    prefix("EAAA", 22, word, "square"),
    prefix("sq0atp-", 20, word, "square"),
    prefix("sq0csp-", 20, word, "square"),
    prefix("sq0idp-", 20, word, "square"),
    prefix("rzp_live_", 12, alphanumeric, "razorpay"),
    prefix("rzp_test_", 12, alphanumeric, "razorpay"),
    prefix("FLWSECK", 12, word, "flutterwave"),
    prefix("FLWPUBK_TEST-", 30, word, "flutterwave"),
    prefix("access-sandbox-", 30, uuid, "plaid"),
    prefix("access-development-", 30, uuid, "plaid"),
    prefix("access-production-", 30, uuid, "plaid"),
    prefix("live_pub_", 28, hex, "lob"),
    prefix("test_pub_", 28, hex, "lob"),
    prefix("live_", 35, word, "payment"),
    prefix("test_", 35, hex, "payment"),
    prefix("EZAK", 40, alphanumeric, "easypost"),
    prefix("EZTK", 40, alphanumeric, "easypost"),
    prefix("duffel_live_", 30, word, "duffel"),
    prefix("duffel_test_", 30, word, "duffel"),
    prefix("shippo_live_", 30, hex, "shippo"),
    prefix("shippo_test_", 30, hex, "shippo"),
    prefix("shpat_", 28, alphanumeric, "shopify"),
    prefix("shpca_", 28, alphanumeric, "shopify"),
    prefix("shppa_", 28, alphanumeric, "shopify"),
    prefix("shpss_", 28, alphanumeric, "shopify"),
    prefix("shptka_", 28, alphanumeric, "shopify"),
    // Models
    prefix("sk-ant-", 12, word, "anthropic"),
    prefix("sk-proj-", 12, word, "openai"),
    prefix("sk-svcacct-", 12, word, "openai"),
    prefix("sk-admin-", 12, word, "openai"),
    prefix("sk-or-v1-", 30, alphanumeric, "openrouter"),
    prefix("sk-", 32, alphanumeric, "openai"),
    prefix("hf_", 30, alphanumeric, "huggingface"),
    prefix("api_org_", 30, alphanumeric, "huggingface"),
    prefix("gsk_", 40, alphanumeric, "groq"),
    prefix("xai-", 60, alphanumeric, "xai"),
    prefix("pplx-", 40, alphanumeric, "perplexity"),
    prefix("r8_", 36, alphanumeric, "replicate"),
    prefix("pcsk_", 40, word, "pinecone"),
    prefix("lsv2_pt_", 30, word, "langsmith"),
    prefix("lsv2_sk_", 30, word, "langsmith"),
    // Data and monitoring
    prefix("dapi", 32, hex_or_dash, "databricks"),
    prefix("dkea", 32, hex_or_dash, "databricks"),
    prefix("dose", 32, hex_or_dash, "databricks"),
    exact("4b1d", 38, alphanumeric, "clickhouse"),
    prefix("pscale_tkn_", 24, dotted, "planetscale"),
    prefix("pscale_oauth_", 24, dotted, "planetscale"),
    prefix("pscale_pw_", 24, dotted, "planetscale"),
    prefix("sbp_", 36, hex, "supabase"),
    prefix("sb_secret_", 20, word, "supabase"),
    prefix("napi_", 40, alphanumeric, "neon"),
    prefix("glc_", 30, in_base64, "grafana"),
    prefix("glsa_", 30, word, "grafana"),
    prefix("sntrys_", 40, in_base64, "sentry"),
    prefix("sntryu_", 40, hex, "sentry"),
    prefix("NRAK-", 20, alphanumeric, "newrelic"),
    prefix("NRII-", 20, word, "newrelic"),
    prefix("NRIQ-", 20, word, "newrelic"),
    prefix("NRJS-", 16, hex, "newrelic"),
    prefix("NRRA-", 20, alphanumeric, "newrelic"),
    prefix("hcaik_", 40, alphanumeric, "honeycomb"),
    prefix("hcxik_", 40, alphanumeric, "honeycomb"),
    prefix("fio-u-", 40, word, "frameio"),
    prefix("sm_aat_", 14, alphanumeric, "settlemint"),
    prefix("sm_pat_", 14, alphanumeric, "settlemint"),
    prefix("sm_sat_", 14, alphanumeric, "settlemint"),
    prefix("EAAM", 60, alphanumeric, "facebook"),
    prefix("EAAC", 60, alphanumeric, "facebook"),
    prefix("EAA", 90, alphanumeric, "facebook"),
    prefix("AAAAAAAAAAAAAAAAAAAA", 40, percent, "twitter"),
    exact("b_", 44, word, "beamer"),
    prefix("eyJ", 14, token, "jwt"),
    prefix("ZXlK", 30, token, "jwt"),
];

/// Prefixes that end in a dot or another byte at which a run begins.
pub(super) static DOTTED: &[(&[u8], &str)] = &[
    (b"hvs.", "vault_token"),
    (b"hvb.", "vault_token"),
    (b"hvr.", "vault_token"),
    (b"ya29.", "google"),
    (b"SG.", "sendgrid"),
    (b"dp.pt.", "doppler"),
    (b"dp.st.", "doppler"),
    (b"dp.ct.", "doppler"),
    (b"dp.sa.", "doppler"),
    (b"dp.scim.", "doppler"),
    (b"dp.audit.", "doppler"),
    (b"dt0c01.", "dynatrace"),
    (b"dt0s01.", "dynatrace"),
    (b"dt0s02.", "dynatrace"),
    (b"dt0s16.", "dynatrace"),
    (b"atlasv1.", "terraform"),
    (b"sl.", "dropbox"),
    (b"pk.", "mapbox"),
    (b"sk.", "mapbox"),
    (b"pat.", "harness"),
    (b"sat.", "harness"),
    (b"t1.", "yandex"),
    (b"sha256~", "openshift"),
    (b"access_token$production$", "paypal"),
    (b"access_token$sandbox$", "paypal"),
];

/// Kinds that [tokens](super::tokens) know without a prefix.
pub(super) const SHAPES: [&str; 11] = [
    "telegram",
    "discord",
    "airtable",
    "mailchimp",
    "mailgun",
    "maxmind",
    "authress",
    "cloudflare",
    "okta",
    "facebook_app",
    "dropbox_long",
];

/// Whether this is a kind of the lists.
pub(super) fn is_kind(kind: &[u8]) -> bool {
    PREFIXES.iter().any(|prefix| prefix.kind.as_bytes() == kind)
        || DOTTED.iter().any(|(_, known)| known.as_bytes() == kind)
        || SHAPES.iter().any(|known| known.as_bytes() == kind)
}

/// Where in [`PREFIXES`] the first stands that begins with these two bytes, plus one; 0 for none.
///
/// Text is full of words and the list is long: one look must rule out nearly all of it.
pub(super) fn first(one: u8, two: u8) -> usize {
    FIRST
        .get(usize::from(one))
        .and_then(|row| row.get(usize::from(two)))
        .copied()
        .unwrap_or(0)
        .into()
}

/// The same for the next that begins as this one does.
pub(super) fn next(prefix: usize) -> usize {
    NEXT.get(prefix).copied().unwrap_or(0).into()
}

static FIRST: [[u8; 128]; 128] = CHAINS.0;
static NEXT: [u8; PREFIXES.len()] = CHAINS.1;

const CHAINS: ([[u8; 128]; 128], [u8; PREFIXES.len()]) = {
    assert!(PREFIXES.len() < 255, "their places fit in a byte");
    let mut first = [[0; 128]; 128];
    let mut next = [0; PREFIXES.len()];
    let mut at = PREFIXES.len();
    while at > 0 {
        at -= 1;
        let text = PREFIXES[at].text;
        let head = &mut first[text[0] as usize][text[1] as usize];
        next[at] = *head;
        #[expect(clippy::cast_possible_truncation, reason = "asserted above")]
        let place = at as u8 + 1;
        *head = place;
    }
    (first, next)
};

fn upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn upper_or_dash(byte: u8) -> bool {
    upper(byte) || byte == b'-'
}

fn alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn hex_or_dash(byte: u8) -> bool {
    hex(byte) || byte == b'-'
}

fn uuid(byte: u8) -> bool {
    hex_or_dash(byte)
}

pub(super) fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Words and the dots between them.
pub(super) fn dotted(byte: u8) -> bool {
    word(byte) || byte == b'.'
}

/// Base64 in either alphabet, its padding and the dots between its parts.
fn token(byte: u8) -> bool {
    dotted(byte) || matches!(byte, b'+' | b'/' | b'=')
}

fn percent(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'%'
}

fn in_base64(byte: u8) -> bool {
    super::bytes::in_run(byte) || byte == b'='
}
