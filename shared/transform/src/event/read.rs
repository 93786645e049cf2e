//! How each part of an event is read from JSON: its members by name, nothing beside them.

use super::{
    Actor, Agent, ErrorInfo, Event, Fault, Integrity, Lease, Mount, Network, Origin, Pairs, Policy,
    Principal, Request, Resource, Session, Source, Text, Time, Value,
};
use crate::json::cursor::{Cursor, Read, Result, at_member, once};
use crate::source::error::{unknown, wrong};

/// Declares a part's members: the name in JSON, the name here, and what not being there means.
macro_rules! members {
    ($part:ident { $($name:literal $field:ident $presence:ident,)+ }) => {
        impl<'a> Read<'a> for $part<'a> {
            fn read(cursor: &mut Cursor<'a>) -> Result<Self> {
                $(let mut $field = None;)+
                cursor.object(|cursor, name| {
                    let read = match name.as_str() {
                        $($name => once(&mut $field, cursor),)+
                        other => return Err(unknown(other)),
                    };
                    read.map_err(|error| at_member(&name, error))
                })?;
                Ok($part { $($field: $presence($field, $name)?,)+ })
            }
        }
    };
}

fn required<T>(value: Option<T>, name: &'static str) -> Result<T> {
    value.ok_or_else(|| Box::new(Fault::new(name, "is missing").into()))
}

#[expect(clippy::unnecessary_wraps, reason = "the same form as `required`")]
fn optional<T>(value: Option<T>, _name: &'static str) -> Result<Option<T>> {
    Ok(value)
}

#[expect(clippy::unnecessary_wraps, reason = "the same form as `required`")]
fn default<T: Default>(value: Option<T>, _name: &'static str) -> Result<T> {
    Ok(value.unwrap_or_default())
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
    "labels" labels default,
    "integrity" integrity optional,
    "origin" origin optional,
    "details" details default,
    "redactions" redactions default,
} }

members! { Actor {
    "id" id required,
    "type" kind required,
    "name" name optional,
    "email" email optional,
    "groups" groups default,
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
    "names" names default,
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
} }

impl<'a> Read<'a> for Text<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self> {
        cursor.string()
    }
}

impl<'a> Read<'a> for Time {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self> {
        let text = cursor.string()?;
        Time::parse(&text)
            .ok_or_else(|| wrong("an RFC 3339 time with an offset, as 2026-02-14T22:30:01Z"))
    }
}

impl<'a> Read<'a> for bool {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self> {
        if cursor.word("true") {
            return Ok(true);
        }
        if cursor.word("false") { Ok(false) } else { Err(cursor.wrong("true or false")) }
    }
}

impl<'a> Read<'a> for u64 {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self> {
        const EXPECTED: &str = "an integer from 0 to 9007199254740991";
        cursor.number(EXPECTED)?.parse().map_err(|_| wrong(EXPECTED))
    }
}

impl<'a> Read<'a> for u16 {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self> {
        const EXPECTED: &str = "an integer from 0 to 65535";
        cursor.number(EXPECTED)?.parse().map_err(|_| wrong(EXPECTED))
    }
}

impl<'a> Read<'a> for f64 {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self> {
        float(cursor.number("a number")?)
    }
}

/// A number so large that it would become infinite is none.
fn float(text: &str) -> Result<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| wrong("a number"))
}

impl<'a, T: Read<'a>> Read<'a> for Vec<T> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self> {
        let mut items = Vec::new();
        cursor.list(|cursor| {
            items.push(T::read(cursor)?);
            Ok(())
        })?;
        Ok(items)
    }
}

impl<'a, V: Read<'a>> Read<'a> for Pairs<'a, V> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self> {
        let mut pairs: Vec<(Text<'a>, V)> = Vec::new();
        cursor.object(|cursor, key| {
            if pairs.iter().any(|(known, _)| *known == key) {
                return Err(Box::new(Fault::new("", "has the same key twice").into()));
            }
            let value = V::read(cursor).map_err(|error| at_member(&key, error))?;
            pairs.push((key, value));
            Ok(())
        })?;
        Ok(Pairs(pairs))
    }
}

impl<'a> Read<'a> for Value<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self> {
        match cursor.peek() {
            Some(b'"') => cursor.string().map(Value::Text),
            Some(b'{') => Pairs::read(cursor).map(|pairs| Value::Map(pairs.0)),
            Some(b'[') => Vec::read(cursor).map(Value::List),
            Some(b't' | b'f') => bool::read(cursor).map(Value::Bool),
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
}
