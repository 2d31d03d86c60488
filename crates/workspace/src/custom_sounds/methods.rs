//! Custom sounds over DDP.

use gantry_kernel::media::Media;
use gantry_kernel::prelude::*;

use super::change::{self, Sound, Wish};
use crate::binary;

pub(super) fn register(registry: &mut Registry) {
    registry.method::<List>().method::<Save>().method::<Upload>().method::<Delete>();
}

/// `listCustomSounds()`.
#[derive(Deserialize)]
struct List {}

impl Method for List {
    const SPEC: MethodSpec = MethodSpec::new("listCustomSounds", "custom-sounds");
    type Guard = Anyone;
    type Reply = Vec<Sound>;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Vec<Sound>> {
        ctx.read(async move |tx| change::all(tx).await).await
    }
}

/// `insertOrUpdateSound({_id?, name, extension, …})`: answers the id. The file comes with
/// `uploadCustomSound`.
#[derive(Deserialize)]
struct Save {
    sound: SaveSound,
}

#[derive(Deserialize)]
struct SaveSound {
    #[serde(rename = "_id")]
    id: Option<String>,
    name: Option<String>,
    extension: Option<String>,
}

impl Method for Save {
    const SPEC: MethodSpec =
        MethodSpec::new("insertOrUpdateSound", "custom-sounds").deprecated("9.0.0", "custom-sounds.create");
    type Guard = LoggedIn;
    type Reply = String;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<String> {
        change::allow(ctx)?;
        let SaveSound { id, name, extension } = self.sound;
        let id = id.filter(|id| !id.is_empty());
        let wish = Wish {
            id: id.clone(),
            name: name.unwrap_or_default(),
            extension: extension.unwrap_or_default(),
            file: None,
        };
        // Upstream answers the id that it was given, whether there is such a sound or not.
        let saved = change::save(ctx, wish).await?;
        Ok(saved.map(|sound| sound.id).or(id).unwrap_or_default())
    }
}

/// `uploadCustomSound(binaryContent, contentType, {_id, extension, …})`: the file of a sound.
#[derive(Deserialize)]
struct Upload {
    content: Value,
    #[serde(rename = "contentType")]
    content_type: String,
    sound: UploadSound,
}

#[derive(Deserialize)]
struct UploadSound {
    #[serde(rename = "_id")]
    id: String,
    extension: Option<String>,
}

impl Method for Upload {
    const SPEC: MethodSpec =
        MethodSpec::new("uploadCustomSound", "custom-sounds").deprecated("9.0.0", "custom-sounds.update");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        change::allow(ctx)?;
        // Whatever a browser is told that the file is, it must be nothing that runs.
        if !self.content_type.to_ascii_lowercase().starts_with("audio/") {
            return Err(Error::new("error-invalid-file-type", "File type is not accepted.")
                .with_details(json!({ "method": "uploadCustomSound" })));
        }
        let file = Media::new(self.content_type, binary::content(&self.content)?, ctx.now)?;
        change::upload(ctx, self.sound.id, self.sound.extension.unwrap_or_default(), file).await
    }
}

/// `deleteCustomSound(id)`.
#[derive(Deserialize)]
struct Delete {
    id: String,
}

impl Method for Delete {
    const SPEC: MethodSpec =
        MethodSpec::new("deleteCustomSound", "custom-sounds").deprecated("9.0.0", "custom-sounds.delete");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        change::allow(ctx)?;
        change::remove(ctx, self.id).await.map(|()| true)
    }
}
