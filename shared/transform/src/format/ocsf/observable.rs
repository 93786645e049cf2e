//! `observables`: the values that a SIEM pivots on, each named by the path at which the event has it.
//!
//! They are copied out of the finished event, byte for byte, so that path and value cannot disagree.

/// One kind of observable: its path, `type_id` and caption, as the members that stand before its value.
pub(super) type Kind = &'static str;

pub(super) const SOURCE_IP: Kind =
    r#"{"name":"src_endpoint.ip","type_id":2,"type":"IP Address","value":"#;
pub(super) const DESTINATION_HOST: Kind =
    r#"{"name":"dst_endpoint.hostname","type_id":1,"type":"Hostname","value":"#;
pub(super) const ACTOR_NAME: Kind =
    r#"{"name":"actor.user.name","type_id":4,"type":"User Name","value":"#;
pub(super) const USER_NAME: Kind = r#"{"name":"user.name","type_id":4,"type":"User Name","value":"#;
pub(super) const ACTOR_CREDENTIAL: Kind =
    r#"{"name":"actor.session.credential_uid","type_id":19,"type":"User Credential ID","value":"#;
pub(super) const CREDENTIAL: Kind =
    r#"{"name":"session.credential_uid","type_id":19,"type":"User Credential ID","value":"#;
pub(super) const USER_AGENT: Kind =
    r#"{"name":"http_request.user_agent","type_id":16,"type":"HTTP User-Agent","value":"#;
pub(super) const RESOURCE_UID: Kind =
    r#"{"name":"resources[].uid","type_id":10,"type":"Resource UID","value":"#;
pub(super) const EVIDENCE_NAME: Kind =
    r#"{"name":"evidences[].actor.user.name","type_id":4,"type":"User Name","value":"#;
pub(super) const EVIDENCE_IP: Kind =
    r#"{"name":"evidences[].src_endpoint.ip","type_id":2,"type":"IP Address","value":"#;
pub(super) const EVIDENCE_HOST: Kind =
    r#"{"name":"evidences[].dst_endpoint.hostname","type_id":1,"type":"Hostname","value":"#;

/// More than any class has: `DetectionFinding` with a lease makes eight.
const MOST: usize = 12;

/// What was seen so far, as ranges of the output that hold the values with their quotes.
pub(super) struct Seen {
    items: [(Kind, usize, usize); MOST],
    count: usize,
}

impl Seen {
    pub(super) fn new() -> Seen {
        Seen { items: [("", 0, 0); MOST], count: 0 }
    }

    pub(super) fn note(&mut self, kind: Kind, start: usize, end: usize) {
        if let Some(place) = self.items.get_mut(self.count) {
            *place = (kind, start, end);
            self.count += 1;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Kind, usize, usize)> {
        self.items.iter().take(self.count)
    }
}
