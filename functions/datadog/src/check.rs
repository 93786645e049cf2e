//! The connection test: the key at the API's host, then the way to the intake itself.

use delivery::destination::Finding;
use delivery::http::{Response, shown};
use delivery::outcome::{Answer, Verdict};

use crate::Datadog;
use crate::answer::classify;

/// Both hosts are asked: a firewall may let one through and not the other.
pub(crate) async fn check(datadog: &Datadog) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(site) = &datadog.unknown_site {
        findings.push(
            Finding::doubtful(
                "site",
                format!("{site} is none of the sites that Datadog documents"),
            )
            .with_hint("take it from the address of your Datadog page"),
        );
    }
    let session = match datadog.access.session().await {
        Ok(session) => session,
        Err(error) => {
            findings.push(Finding::bad("credential", error.to_string()));
            return findings;
        }
    };
    if let Some(request) = datadog.intake.validation(&session.secret) {
        findings.push(match request {
            Err(error) => Finding::bad("credential", error.to_string()),
            Ok(request) => match session.http.send(request).await {
                Ok(response) => validity(&response),
                Err(failure) => Finding::doubtful("credential", failure.reason().to_string()),
            },
        });
    }
    findings.push(match datadog.intake.probe(&session.secret) {
        Err(error) => Finding::bad("credential", error.to_string()),
        Ok(request) => match session.http.send(request).await {
            Ok(response) => reached(datadog, &response),
            Err(failure) => Finding::bad("address", failure.reason().to_string())
                .with_hint("let the function reach the intake's host, or set endpoint"),
        },
    });
    findings
}

fn validity(response: &Response) -> Finding {
    match response.status.as_u16() {
        200 => Finding::good("credential", "the API key is valid"),
        403 => Finding::bad("credential", "the API key is not valid at this site")
            .with_hint("check the site; an application key is no API key"),
        status => Finding::doubtful(
            "credential",
            format!("the key could not be validated (status {status})"),
        ),
    }
}

fn reached(datadog: &Datadog, response: &Response) -> Finding {
    let address = shown(datadog.intake.address().url());
    match classify(response) {
        Answer::All(Verdict::Delivered(_)) => {
            Finding::good("address", format!("{address} takes logs"))
        }
        // An empty log is refused by some proxies; it got there all the same.
        Answer::Suspect(reason) => Finding::doubtful("address", reason.to_string()),
        Answer::All(Verdict::Retry { reason, .. } | Verdict::Rejected(reason)) => {
            Finding::doubtful("address", reason.to_string())
        }
        Answer::Auth(reason) => Finding::bad("credential", reason.to_string()),
        Answer::Config(reason) | Answer::Split(reason) => {
            Finding::bad("address", reason.to_string())
        }
        Answer::All(Verdict::Filtered) | Answer::Dropped { .. } | Answer::Each(_) => {
            Finding::doubtful("address", "not understood")
        }
    }
}
