//! Look-ups in the domain name system. Documented as POST with a query string; upstream's last version with them
//! has the one for services under GET.
//!
//! Upstream: `apps/meteor/app/api/server/v1/dns.ts` (7.1).

use gantry_kernel::outgoing::dns::{self, Kind, Record};
use gantry_kernel::prelude::*;
use gantry_kernel::spec::Verb;

const TAG: &str = "dns";

const VERBS: &[Verb] = &[Verb::Get, Verb::Post];

pub(crate) fn register(registry: &mut Registry) {
    registry.resource::<Services>().resource::<Texts>();
}

async fn answer(url: Option<String>, kind: Kind) -> Result<Answer> {
    let url = url
        .filter(|url| !url.is_empty())
        .ok_or_else(|| Error::new("error-missing-param", "The required \"url\" param is missing."))?;
    let found = dns::lookup(&url, kind).await.map_err(|error| Error::message(error.to_string()))?;
    let resolved = match found.into_iter().next() {
        Some(Record::Txt(text)) => json!(text),
        Some(Record::Srv { target, priority, weight, port }) => {
            json!({ "target": target, "priority": priority, "weight": weight, "port": port })
        }
        None => Value::Null,
    };
    Ok(Answer::json(200, &json!({ "resolved": resolved, "success": true })))
}

/// Finds out where a service runs, by the SRV record of its name.
#[derive(Deserialize, JsonSchema)]
struct Services {
    /// The name.
    url: Option<String>,
}

impl Resource for Services {
    const SPEC: ResourceSpec = ResourceSpec::new(VERBS, "/api/v1/dns.resolve.srv", TAG).rate(10, 60_000);
    type Guard = LoggedIn;

    async fn answer(self, _: Asked, _: LoggedIn, _: &Ctx) -> Result<Answer> {
        answer(self.url, Kind::Srv).await
    }
}

/// Reads the TXT record of a name.
#[derive(Deserialize, JsonSchema)]
struct Texts {
    /// The name.
    url: Option<String>,
}

impl Resource for Texts {
    const SPEC: ResourceSpec = ResourceSpec::new(VERBS, "/api/v1/dns.resolve.txt", TAG).rate(10, 60_000);
    type Guard = LoggedIn;

    async fn answer(self, _: Asked, _: LoggedIn, _: &Ctx) -> Result<Answer> {
        answer(self.url, Kind::Txt).await
    }
}
