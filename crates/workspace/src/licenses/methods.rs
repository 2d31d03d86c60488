//! Licences over DDP. Clients ask before the login what they may show.

use gantry_kernel::prelude::*;

use super::MODULES;

const TAG: &str = "licenses";

pub(super) fn register(registry: &mut Registry) {
    registry.method::<HasLicense>().method::<GetModules>().method::<GetTags>().method::<IsEnterprise>();
}

/// `license:hasLicense(module)`.
#[derive(Deserialize)]
struct HasLicense {
    module: String,
}

impl Method for HasLicense {
    const SPEC: MethodSpec = MethodSpec::new("license:hasLicense", TAG);
    type Guard = Anyone;
    type Reply = bool;

    async fn call(self, _: Anyone, _: &Ctx) -> Result<bool> {
        Ok(MODULES.contains(&self.module.as_str()))
    }
}

/// `license:getModules()`.
#[derive(Deserialize)]
struct GetModules {}

impl Method for GetModules {
    const SPEC: MethodSpec = MethodSpec::new("license:getModules", TAG);
    type Guard = Anyone;
    type Reply = &'static [&'static str];

    async fn call(self, _: Anyone, _: &Ctx) -> Result<&'static [&'static str]> {
        Ok(&MODULES)
    }
}

/// `license:getTags()`: there are none.
#[derive(Deserialize)]
struct GetTags {}

impl Method for GetTags {
    const SPEC: MethodSpec = MethodSpec::new("license:getTags", TAG);
    type Guard = Anyone;
    type Reply = Vec<Value>;

    async fn call(self, _: Anyone, _: &Ctx) -> Result<Vec<Value>> {
        Ok(Vec::new())
    }
}

/// `license:isEnterprise()`.
#[derive(Deserialize)]
struct IsEnterprise {}

impl Method for IsEnterprise {
    const SPEC: MethodSpec = MethodSpec::new("license:isEnterprise", TAG);
    type Guard = Anyone;
    type Reply = bool;

    async fn call(self, _: Anyone, _: &Ctx) -> Result<bool> {
        Ok(true)
    }
}
