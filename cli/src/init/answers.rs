//! What the flags say, and what a person is asked for.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

use toml::Value;

use super::{Draft, free_id};
use crate::args::InitArgs;
use crate::config::{self, Export};
use crate::exit::Failure;
use crate::kind::Kind;
use crate::output::Talk;

/// Where answers come from.
pub(super) struct Answers<'a> {
    args: &'a InitArgs,
    talk: &'a Talk,
    /// Whether somebody can be asked.
    asks: bool,
}

impl Answers<'_> {
    pub(super) fn new<'a>(args: &'a InitArgs, talk: &'a Talk) -> Answers<'a> {
        Answers { args, talk, asks: std::io::stdin().is_terminal() }
    }

    /// Everything that the file needs to know.
    pub(super) fn draft(&self, there: &Export) -> Result<Draft, Failure> {
        let kind = self.kind()?;
        let mut settings = Vec::new();
        if let Some(preset) = kind.preset {
            settings.push(("preset".to_owned(), preset.into()));
        }
        if let Some(address) = self.address(kind)? {
            settings.push((kind.of.address_key().to_owned(), address.into()));
        }
        if let Some(variable) = self.variable(kind)? {
            settings.push((kind.secret_key().to_owned(), variable.into()));
        }
        settings.extend(self.args.settings.iter().map(|(key, text)| (key.clone(), value(text))));
        for (key, description) in kind.required() {
            if !settings.iter().any(|(set, _)| *set == key) && self.asks {
                let text = self.ask(&format!("{key}: {description}"), None)?;
                settings.push((key, value(&text)));
            }
        }
        let id = match &self.args.id {
            Some(id) => id.clone(),
            None => free_id(&kind.name.replace('_', "-"), there),
        };
        Ok(Draft { id, kind, settings, source: self.source(there)? })
    }

    fn kind(&self) -> Result<&'static Kind, Failure> {
        if let Some(kind) = self.args.kind.as_deref().and_then(Kind::named) {
            return Ok(kind);
        }
        let names = Kind::names().join(", ");
        if !self.asks {
            return Err(Failure::usage("--type is required: standard input is not a terminal")
                .hint(format!("its values: {names}")));
        }
        loop {
            let name = self.ask(&format!("Type of destination ({names})"), None)?;
            match Kind::named(&name) {
                Some(kind) => return Ok(kind),
                None => self.talk.warn("not one of these types"),
            }
        }
    }

    fn address(&self, kind: &Kind) -> Result<Option<String>, Failure> {
        let key = kind.of.address_key();
        if self.args.address.is_some() && !kind.has_address() {
            return Err(Failure::usage(format!(
                "the address of {} does not belong into the file",
                kind.name
            ))
            .hint("put it into an environment variable, and name that with --url-env"));
        }
        let is_set = self.args.settings.iter().any(|(set, _)| set == key);
        if self.args.address.is_some() || is_set || !kind.needs_address() {
            return Ok(self.args.address.clone());
        }
        if !self.asks {
            return Err(Failure::usage(format!(
                "--address is required: the `{key}` of {}",
                kind.name
            )));
        }
        self.ask(&format!("Its {key}"), None).map(Some)
    }

    fn variable(&self, kind: &Kind) -> Result<Option<String>, Failure> {
        if self.args.secret_env.is_some() {
            return Ok(self.args.secret_env.clone());
        }
        let (Some(variable), Some(credential)) = (kind.variable, kind.credential) else {
            return Ok(None);
        };
        if !self.asks || self.args.kind.is_some() {
            return Ok(Some(variable.to_owned()));
        }
        let question = format!("The environment variable with {credential}");
        self.ask(&question, Some(variable)).map(Some)
    }

    /// A log that is named or found; a file that has one keeps it.
    fn source(&self, there: &Export) -> Result<Option<PathBuf>, Failure> {
        if !there.source.is_empty() {
            return match &self.args.source {
                Some(_) => Err(Failure::usage("the file has a `source` already")
                    .hint("change it there, or leave --source out")),
                None => Ok(None),
            };
        }
        if let Some(source) = &self.args.source {
            // A relative path in the file begins at the file's folder.
            return Ok(Some(std::path::absolute(source).unwrap_or_else(|_| source.clone())));
        }
        if self.args.kind.is_some() || !self.asks || config::own_log().is_some() {
            return Ok(None);
        }
        let default = "/var/log/vault/audit.log";
        self.ask("The vault's audit log", Some(default)).map(|path| Some(path.into()))
    }

    /// Asks until there is an answer.
    fn ask(&self, question: &str, default: Option<&str>) -> Result<String, Failure> {
        loop {
            self.talk.question(question, default);
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line);
            let answer = line.trim();
            match (read, default) {
                (Err(_) | Ok(0), _) => {
                    return Err(Failure::usage("no answer; nothing was written"));
                }
                (Ok(_), Some(default)) if answer.is_empty() => return Ok(default.to_owned()),
                (Ok(_), _) if answer.is_empty() => {}
                (Ok(_), _) => return Ok(answer.to_owned()),
            }
        }
    }
}

/// `true`, `5` and `["a"]` as what they are in TOML; everything else is a text.
fn value(text: &str) -> Value {
    let table = format!("value = {text}").parse::<toml::Table>();
    let parsed = table.ok().filter(|table| table.len() == 1);
    parsed.and_then(|mut table| table.remove("value")).unwrap_or_else(|| text.into())
}
