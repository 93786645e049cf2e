//! How each part of an event is read from JSON: its members by name, nothing beside them.

use std::str::FromStr;

use super::{
    Actor, Agent, ErrorInfo, Event, Fault, Integrity, Lease, Mount, Network, Origin, Pairs, Policy,
    Principal, Request, Resource, Session, Source, Text, Time, Value, Wrapper,
};
use crate::error::ParseError;
use crate::error::{unknown, within, wrong};
use crate::json::cursor::{Cursor, Read, Result};

/// Declares a part's members: the name in JSON, the name here, and whether it must be there.
///
/// Whoever writes the contract keeps to its order and puts no white space in: so each member is first looked for
/// where it should stand, in one comparison, and what is not found so is looked up by its name.
macro_rules! members {
    ($part:ident { $($name:literal $field:ident $presence:ident,)+ }) => {
        impl<'a> Read<'a> for $part<'a> {
            #[inline]
            fn blank() -> Self {
                $part { $($field: Read::blank(),)+ }
            }

            fn fill(&mut self, cursor: &mut Cursor<'a>) -> Result<()> {
                const NAMES: &[&str] = &[$($name,)+];
                const REQUIRED: u32 = 0 $(| $presence(bit(NAMES, $name)))+;
                let mut seen = 0;
                let mut more = cursor.object()?;
                $(if more && cursor.named(concat!("\"", $name, "\":")) {
                    if cursor.member(&mut self.$field, $name)? {
                        seen |= const { bit(NAMES, $name) };
                    }
                    more = cursor.more()?;
                })+
                while more {
                    let name = cursor.name()?;
                    match name.as_str() {
                        $($name => {
                            let bit = const { bit(NAMES, $name) };
                            if seen & bit != 0 {
                                return Err(twice($name));
                            }
                            if cursor.member(&mut self.$field, $name)? {
                                seen |= bit;
                            }
                        })+
                        _ if cursor.is_tolerant() => cursor.skip()?,
                        other => return Err(unknown(other)),
                    }
                    more = cursor.more()?;
                }
                match REQUIRED & !seen {
                    0 => Ok(()),
                    missing => Err(is_missing(NAMES, missing)),
                }
            }
        }
    };
}

/// The place of a name among the names, as a bit.
const fn bit(names: &[&str], name: &str) -> u32 {
    let mut at = 0;
    while !same(names[at].as_bytes(), name.as_bytes()) {
        at += 1;
    }
    1 << at
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

const fn required(bit: u32) -> u32 {
    bit
}

const fn optional(_bit: u32) -> u32 {
    0
}

#[cold]
fn twice(name: &'static str) -> Box<ParseError> {
    Box::new(Fault::new(name, "is there twice").into())
}

/// The first of the missing members, in the contract's order.
#[cold]
fn is_missing(names: &[&'static str], missing: u32) -> Box<ParseError> {
    let name = names.get(missing.trailing_zeros() as usize).copied().unwrap_or_default();
    Box::new(Fault::new(name, "is missing").into())
}

members! { Event {
    "schema" schema required,
    "id" id required,
    "time" time required,
    "observed_time" observed_time optional,
    "time_quality" time_quality optional,
    "class" class required,
    "attempted_class" attempted_class optional,
    "category" category optional,
    "action" action required,
    "outcome" outcome required,
    "severity" severity optional,
    "message" message optional,
    "actor" actor required,
    "session" session optional,
    "source" source required,
    "resource" resource optional,
    "policy" policy optional,
    "lease" lease optional,
    "request" request optional,
    "network" network optional,
    "error" error optional,
    "labels" labels optional,
    "integrity" integrity optional,
    "origin" origin optional,
    "details" details optional,
    "redactions" redactions optional,
} }

members! { Actor {
    "id" id required,
    "type" kind required,
    "name" name optional,
    "email" email optional,
    "groups" groups optional,
    "on_behalf_of" on_behalf_of optional,
    "agent" agent optional,
} }

members! { Principal {
    "id" id required,
    "type" kind required,
    "name" name optional,
} }

members! { Agent {
    "model" model optional,
    "provider" provider optional,
    "framework" framework optional,
    "version" version optional,
    "parent_id" parent_id optional,
    "fleet_id" fleet_id optional,
    "trust_score" trust_score optional,
} }

members! { Session {
    "id" id optional,
    "authn_method" authn_method optional,
    "mfa" mfa optional,
    "token_type" token_type optional,
    "token_ref" token_ref optional,
    "issued_at" issued_at optional,
    "ttl_seconds" ttl_seconds optional,
} }

members! { Source {
    "product" product required,
    "vendor" vendor optional,
    "version" version optional,
    "instance" instance required,
    "region" region optional,
    "host" host optional,
} }

members! { Resource {
    "type" kind required,
    "path" path optional,
    "id" id optional,
    "name" name optional,
    "version" version optional,
    "namespace" namespace optional,
    "secret_type" secret_type optional,
    "classification" classification optional,
    "mount" mount optional,
} }

members! { Mount {
    "point" point optional,
    "type" kind optional,
    "accessor" accessor optional,
} }

members! { Policy {
    "decision" decision required,
    "names" names optional,
    "reason_code" reason_code optional,
    "reason" reason optional,
} }

members! { Lease {
    "id" id optional,
    "ttl_seconds" ttl_seconds optional,
    "expires_at" expires_at optional,
    "renewable" renewable optional,
} }

members! { Request {
    "id" id optional,
    "correlation_id" correlation_id optional,
    "trace_id" trace_id optional,
    "protocol" protocol optional,
    "method" method optional,
    "user_agent" user_agent optional,
    "purpose" purpose optional,
} }

members! { Network {
    "source_ip" source_ip optional,
    "source_port" source_port optional,
    "forwarded_from" forwarded_from optional,
    "destination_host" destination_host optional,
} }

members! { ErrorInfo {
    "code" code optional,
    "message" message optional,
} }

members! { Integrity {
    "sequence" sequence optional,
    "chain_id" chain_id optional,
    "alg" alg optional,
    "hash" hash optional,
    "prev_hash" prev_hash optional,
    "status" status optional,
} }

members! { Origin {
    "format" format required,
    "event_type" event_type optional,
    "record_id" record_id optional,
    "kind" kind optional,
    "thread" thread optional,
    "clock" clock optional,
    "wrapper" wrapper optional,
} }

members! { Wrapper {
    "type" kind required,
    "time" time optional,
    "host" host optional,
    "pod" pod optional,
    "stream" stream optional,
    "log_group" log_group optional,
    "log_stream" log_stream optional,
} }

/// A part that is kept apart from the event.
impl<'a, T: Read<'a>> Read<'a> for Box<T> {
    fn blank() -> Self {
        Box::new(T::blank())
    }

    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Result<()> {
        T::fill(self, cursor)
    }
}

/// A member that need not be there.
impl<'a, T: Read<'a>> Read<'a> for Option<T> {
    #[inline]
    fn blank() -> Self {
        None
    }

    #[inline]
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Result<()> {
        self.insert(T::blank()).fill(cursor)
    }
}

/// Declares how a plain value is read.
macro_rules! plain {
    ($kind:ty, $blank:expr, |$cursor:ident| $read:expr) => {
        impl<'a> Read<'a> for $kind {
            #[inline]
            fn blank() -> Self {
                $blank
            }

            #[inline]
            fn fill(&mut self, $cursor: &mut Cursor<'a>) -> Result<()> {
                *self = $read?;
                Ok(())
            }
        }
    };
}

plain!(Text<'a>, Text::default(), |cursor| cursor.string());
plain!(Time, Time::EPOCH, |cursor| time(cursor));
plain!(bool, false, |cursor| boolean(cursor));
plain!(u64, 0, |cursor| integer(cursor, "an integer from 0 to 9007199254740991"));
plain!(u16, 0, |cursor| integer(cursor, "an integer from 0 to 65535"));
plain!(f64, 0.0, |cursor| float(cursor.number("a number")?));
plain!(Value<'a>, Value::Null, |cursor| value(cursor));

impl<'a, T: Read<'a>> Read<'a> for Vec<T> {
    #[inline]
    fn blank() -> Self {
        Vec::new()
    }

    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Result<()> {
        cursor.list(|cursor| {
            let mut item = T::blank();
            item.fill(cursor)?;
            self.push(item);
            Ok(())
        })
    }
}

impl<'a, V: Read<'a>> Read<'a> for Pairs<'a, V> {
    #[inline]
    fn blank() -> Self {
        Pairs(Vec::new())
    }

    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Result<()> {
        let mut more = cursor.object()?;
        while more {
            let key = cursor.name()?;
            if self.0.iter().any(|(known, _)| *known == key) {
                return Err(Box::new(Fault::new("", "has the same key twice").into()));
            }
            let mut value = V::blank();
            value.fill(cursor).map_err(|error| within(&key, error))?;
            self.0.push((key, value));
            more = cursor.more()?;
        }
        Ok(())
    }
}

fn time(cursor: &mut Cursor<'_>) -> Result<Time> {
    let text = cursor.string()?;
    Time::parse(&text)
        .ok_or_else(|| wrong("an RFC 3339 time with an offset, as 2026-02-14T22:30:01Z"))
}

fn boolean(cursor: &mut Cursor<'_>) -> Result<bool> {
    if cursor.word("true") {
        return Ok(true);
    }
    if cursor.word("false") { Ok(false) } else { Err(cursor.wrong("true or false")) }
}

fn integer<N: FromStr>(cursor: &mut Cursor<'_>, expected: &'static str) -> Result<N> {
    cursor.number(expected)?.parse().map_err(|_| wrong(expected))
}

/// A number so large that it would become infinite is none.
fn float(text: &str) -> Result<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| wrong("a number"))
}

fn value<'a>(cursor: &mut Cursor<'a>) -> Result<Value<'a>> {
    match cursor.peek() {
        Some(b'"') => cursor.string().map(Value::Text),
        Some(b'{') => {
            let mut members = Pairs::blank();
            members.fill(cursor).map(|()| Value::Map(members.0))
        }
        Some(b'[') => {
            let mut items = Vec::blank();
            items.fill(cursor).map(|()| Value::List(items))
        }
        Some(b't' | b'f') => boolean(cursor).map(Value::Bool),
        Some(b'n') if cursor.word("null") => Ok(Value::Null),
        _ => {
            let number = cursor.number("a JSON value")?;
            // `-0` is a float: as an integer it would lose its sign.
            match number.parse() {
                Ok(integer) if number != "-0" => Ok(Value::Int(integer)),
                _ => float(number).map(Value::Float),
            }
        }
    }
}
