//! The fields that a template may name: those of `flat_json`.

/// What stands before the name of a label or of a detail; which there are, only the events know.
const OPEN: [&str; 2] = ["labels.", "details."];

/// Every field of the contract, in its flat form.
const FIELDS: [&str; 85] = [
    "schema",
    "id",
    "time",
    "observed_time",
    "time_quality",
    "class",
    "attempted_class",
    "category",
    "action",
    "outcome",
    "severity",
    "message",
    "actor.id",
    "actor.type",
    "actor.name",
    "actor.email",
    "actor.groups",
    "actor.on_behalf_of.id",
    "actor.on_behalf_of.type",
    "actor.on_behalf_of.name",
    "actor.agent.model",
    "actor.agent.provider",
    "actor.agent.framework",
    "actor.agent.version",
    "actor.agent.parent_id",
    "actor.agent.fleet_id",
    "actor.agent.trust_score",
    "session.id",
    "session.authn_method",
    "session.mfa",
    "session.token_type",
    "session.token_ref",
    "session.issued_at",
    "session.ttl_seconds",
    "source.product",
    "source.vendor",
    "source.version",
    "source.instance",
    "source.region",
    "source.host",
    "resource.type",
    "resource.path",
    "resource.id",
    "resource.name",
    "resource.version",
    "resource.namespace",
    "resource.secret_type",
    "resource.classification",
    "resource.mount.point",
    "resource.mount.type",
    "resource.mount.accessor",
    "policy.decision",
    "policy.names",
    "policy.reason_code",
    "policy.reason",
    "lease.id",
    "lease.ttl_seconds",
    "lease.expires_at",
    "lease.renewable",
    "request.id",
    "request.correlation_id",
    "request.trace_id",
    "request.protocol",
    "request.method",
    "request.user_agent",
    "request.purpose",
    "network.source_ip",
    "network.source_port",
    "network.forwarded_from",
    "network.destination_host",
    "error.code",
    "error.message",
    "integrity.sequence",
    "integrity.chain_id",
    "integrity.alg",
    "integrity.hash",
    "integrity.prev_hash",
    "integrity.status",
    "origin.format",
    "origin.event_type",
    "origin.record_id",
    "origin.kind",
    "origin.thread",
    "origin.clock",
    "redactions",
];

/// Whether an event can have the field.
pub(super) fn is_known(name: &str) -> bool {
    FIELDS.contains(&name)
        || OPEN.iter().any(|open| name.strip_prefix(open).is_some_and(|rest| !rest.is_empty()))
}

/// The known field that looks most like this one, for whoever mistyped it.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let last = |name: &'static str| name.rsplit('.').next().unwrap_or(name);
    let wanted = name.rsplit('.').next().unwrap_or(name);
    FIELDS.into_iter().find(|field| last(field) == wanted).or_else(|| {
        let same = |field: &&str| field.starts_with(name) || name.starts_with(*field);
        FIELDS.into_iter().filter(|field| field.len() > 2).find(same)
    })
}

#[cfg(test)]
mod tests {
    use transform::format::Format;
    use transform::source::native;

    use super::*;

    /// What the writer of `flat_json` calls a field is known here.
    #[test]
    fn every_field_of_the_flat_format_is_known() {
        let samples = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../shared/transform/tests/samples/classes.jsonl"
        );
        let mut seen = std::collections::BTreeSet::new();
        for line in std::fs::read_to_string(samples).unwrap().lines() {
            let mut flat = Vec::new();
            Format::FlatJson.encode(&native::parse(line).unwrap(), &mut flat).unwrap();
            let flat: serde_json::Map<_, _> = serde_json::from_slice(&flat).unwrap();
            seen.extend(flat.into_iter().map(|(key, _)| key));
        }
        seen.retain(|key| !OPEN.iter().any(|open| key.starts_with(open)));
        let unknown: Vec<&String> = seen.iter().filter(|key| !is_known(key)).collect();
        assert!(seen.len() > 40 && unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn a_mistyped_name_is_answered_with_a_known_one() {
        assert_eq!(nearest("path"), Some("resource.path"));
        assert_eq!(nearest("actor.path"), Some("resource.path"));
        assert_eq!(nearest("severity_level"), Some("severity"));
        assert_eq!(nearest("zzz"), None);
    }
}
