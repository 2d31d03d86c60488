//! Operations that name their permissions: each global role is refused or not as its permissions say, and each
//! permission alone makes the difference.

use std::collections::BTreeSet;

use gantry_client::Client;
use gantry_kernel::registry::EndpointEntry;
use gantry_kernel::spec::Needs;
use gantry_store::testing::engines;
use serde_json::{Map, Value, json};

use super::{called, hold, new_role, person, workspace};
use crate::bad_input::{first_choice, plausible, send};
use crate::harness::TestServer;

/// An operation of the registry that names permissions.
enum Operation<'a> {
    Endpoint(&'a EndpointEntry),
    Method(&'static str, Needs),
}

impl Operation<'_> {
    fn needs(&self) -> Needs {
        match self {
            Self::Endpoint(entry) => entry.spec.needs,
            Self::Method(_, needs) => *needs,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Endpoint(entry) => format!("{} {}", entry.spec.verb.name(), entry.spec.path),
            Self::Method(name, _) => (*name).to_owned(),
        }
    }

    /// Whether it is refused for a permission. What comes after that check may fail: the parameters fit the
    /// schema and name nothing that exists.
    async fn refuses(&self, server: &TestServer, client: &Client) -> bool {
        match self {
            Self::Endpoint(entry) => {
                let (status, body) = send(client, entry, &fitting(entry)).await;
                let refused = body["errorType"] == "error-unauthorized";
                assert!(!refused || status == 403, "{}: {status} {body}", self.name());
                refused
            }
            Self::Method(name, _) => {
                let answer = called(server, client.uid(), name, Vec::new()).await;
                answer.is_err_and(|error| !error["details"]["permissions"].is_null())
            }
        }
    }
}

/// Parameters that the schema asks for. Optional ones only make it harder to find values that fit.
fn fitting(entry: &EndpointEntry) -> Map<String, Value> {
    let schema = first_choice(entry.schema().to_value());
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    properties
        .iter()
        .filter(|(name, _)| required.contains(&json!(name)))
        .map(|(name, schema)| (name.clone(), plausible(schema)))
        .collect()
}

/// All operations that name permissions.
fn operations(server: &TestServer) -> Vec<Operation<'_>> {
    let registry = &server.running.kernel.registry;
    let endpoints = registry.endpoints().iter().filter(|entry| !entry.spec.needs.names().is_empty());
    let methods = registry.methods().into_iter().filter(|entry| !entry.spec.needs.names().is_empty());
    let methods = methods.map(|entry| Operation::Method(entry.spec.name, entry.spec.needs));
    endpoints.map(Operation::Endpoint).chain(methods).collect()
}

#[tokio::test]
async fn each_global_role_may_what_its_permissions_say() {
    for engine in engines() {
        let server = workspace(engine).await;
        let admin = server.admin().await;
        let permissions = &server.running.kernel.permissions;
        let mut roles = permissions.roles_of_scope(gantry_kernel::permissions::Scope::Users);
        roles.push(new_role(&admin, "empty-handed").await);
        let (mut faults, mut cells) = (Vec::new(), 0);
        for (number, role) in roles.iter().enumerate() {
            let client = person(&server, &admin, &format!("role{number}"), std::slice::from_ref(role)).await;
            let held = std::slice::from_ref(role);
            for operation in operations(&server) {
                cells += 1;
                let may = match operation.needs() {
                    Needs::Nothing => true,
                    Needs::All(names) => permissions.has_all(held, names),
                    Needs::Any(names) => permissions.has_any(held, names),
                };
                if operation.refuses(&server, &client).await == may {
                    faults.push(format!("{role}: {} (may: {may})", operation.name()));
                }
            }
        }
        assert!(cells > 500, "the walk found {cells} cells only");
        assert!(faults.is_empty(), "{engine:?}:\n{}", faults.join("\n"));
    }
}

#[tokio::test]
async fn each_permission_alone_makes_the_difference() {
    for engine in engines() {
        let server = workspace(engine).await;
        let admin = server.admin().await;
        let role = new_role(&admin, "holder").await;
        let holder = person(&server, &admin, "holder", std::slice::from_ref(&role)).await;
        let operations = operations(&server);
        let names: BTreeSet<&str> = operations.iter().flat_map(|one| one.needs().names()).copied().collect();
        let nobody_else = ["admin".to_owned()];
        let with_holder = ["admin".to_owned(), role];
        for name in &names {
            hold(&admin, &[name], &nobody_else).await;
        }
        let mut faults = Vec::new();
        for operation in &operations {
            let needs = operation.needs();
            let expect = async |may: bool, held: &str| {
                let refused = operation.refuses(&server, &holder).await;
                (refused == may).then(|| format!("{} with {held}: refused is {refused}", operation.name()))
            };
            faults.extend(expect(false, "nothing").await);
            for name in needs.names() {
                let others: Vec<&str> = needs.names().iter().copied().filter(|other| other != name).collect();
                let all = matches!(needs, Needs::All(_));
                let given = if all { others } else { vec![*name] };
                hold(&admin, &given, &with_holder).await;
                faults.extend(expect(!all, &given.join(", ")).await);
                hold(&admin, &given, &nobody_else).await;
            }
            hold(&admin, needs.names(), &with_holder).await;
            faults.extend(expect(true, "all").await);
            hold(&admin, needs.names(), &nobody_else).await;
        }
        assert!(faults.is_empty(), "{engine:?}:\n{}", faults.join("\n"));
    }
}
