//! The files of custom sounds. Upstream: `apps/meteor/app/custom-sounds/server/startup/custom-sounds.js`.

use gantry_kernel::media::{self, Area, Sending};
use gantry_kernel::prelude::*;
use gantry_kernel::resource::{Answer, Asked, Resource, ResourceSpec};

/// The file of a custom sound, as `id.extension`.
#[derive(Deserialize, JsonSchema)]
pub(super) struct File {
    /// File name.
    file: Option<String>,
}

impl Resource for File {
    const SPEC: ResourceSpec =
        ResourceSpec::get("/custom-sounds/:file", "custom-sounds").aliases(&["/custom-sounds/"]);
    type Guard = Anyone;

    async fn answer(self, asked: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
        let Some(path) = self.file.filter(|path| !path.is_empty()) else {
            return Ok(Answer::bytes(403, "text/plain", "Forbidden"));
        };
        // The extension is not looked at: clients may know the one of a former file.
        let id = path.rsplit_once('.').map_or(path.as_str(), |(id, _)| id).to_owned();
        let headers = asked.headers.clone();
        let file = ctx.read(async move |tx| media::offer(tx, Area::Sound, &id, &headers).await).await?;
        Ok(match file {
            Some(file) => media::send(&file, Sending { cache: "public, max-age=0", expired: true }),
            None => Answer::bytes(404, "text/plain", "Not found"),
        })
    }
}
