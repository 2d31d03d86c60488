//! DDP methods over REST: `method.call` and `method.callAnon`.
//!
//! Upstream: `apps/meteor/app/api/server/v1/misc.ts`.

use gantry_kernel::caller::Transport;
use gantry_kernel::dispatch;
use gantry_kernel::prelude::*;
use gantry_protocol::RawJson;
use gantry_protocol::ddp::ServerFrame;

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<CallMethod>().endpoint::<CallMethodAnonymously>();
}

/// Calls a DDP method as the signed-in user.
///
/// The answer has status 200 also when the method fails: the error is in the message, where clients look
/// for it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CallMethod {
    /// Name of the method, with `:` for `/`. The name in the message is the one that counts.
    #[serde(rename = "method")]
    _method: String,
    /// EJSON text of `{msg: "method", id, method, params}`.
    message: String,
}

/// Calls a DDP method without a login.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CallMethodAnonymously {
    /// Name of the method, with `:` for `/`. The name in the message is the one that counts.
    #[serde(rename = "method")]
    _method: String,
    /// EJSON text of `{msg: "method", id, method, params}`.
    message: String,
}

/// The result of a method.
#[derive(Debug, Serialize, JsonSchema)]
struct Called {
    /// EJSON text of `{msg: "result", id, result | error}`.
    message: String,
}

impl Endpoint for CallMethod {
    // The methods have limits of their own.
    const SPEC: Spec = Spec::post("method.call/:method", "misc").unlimited();
    type Guard = LoggedIn;
    type Reply = Called;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Called> {
        call(&self.message, Some(caller), ctx).await
    }
}

impl Endpoint for CallMethodAnonymously {
    const SPEC: Spec = Spec::post("method.callAnon/:method", "misc").unlimited();
    type Guard = Anyone;
    type Reply = Called;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Called> {
        call(&self.message, None, ctx).await
    }
}

/// What the message holds. Clients number their calls or name them.
#[derive(Deserialize)]
struct Invocation {
    #[serde(default)]
    id: Value,
    method: String,
    params: Vec<Value>,
}

async fn call(message: &str, caller: Option<Arc<Caller>>, ctx: &Ctx) -> Result<Called> {
    let Ok(Invocation { id, method, params }) = serde_json::from_str(message) else {
        return Err(Error::message("Invalid method call"));
    };
    let mut ctx = ctx.clone();
    ctx.caller = caller;
    ctx.origin.transport = Transport::Bridge;
    let result = match dispatch::call_method(&method, params, &mut ctx).await {
        Ok(text) if text == "null" => None,
        Ok(text) => Some(RawJson::from_text(text).map_err(Error::internal)?),
        Err(error) => {
            let frame = serde_json::json!({ "msg": "result", "id": id, "error": body(&error) });
            return Ok(Called { message: frame.to_string() });
        }
    };
    Ok(Called { message: with_id(&ServerFrame::result("", Ok(result)).encode(), &id) })
}

/// The error as it goes into the message. A socket hides why parameters did not fit; here upstream tells it
/// and keeps what a socket would have said beside it.
fn body(error: &Error) -> Value {
    let mut body = error.ddp_body();
    if error.is("400") && error.reason.as_deref() == Some("Match failed") {
        let why =
            error.details.as_ref().and_then(Value::as_str).unwrap_or("Match error: parameters do not fit");
        body["sanitizedError"] = body.clone();
        body["message"] = why.into();
        body["errorType"] = "Match.Error".into();
    }
    body
}

/// Puts the id back as it came, whatever its type.
fn with_id(frame: &str, id: &Value) -> String {
    frame.replacen(r#""id":"""#, &format!(r#""id":{id}"#), 1)
}
