//! Every operation that the server has, by name.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::caller::Ctx;
use crate::error::{Error, Result};
use crate::form::Wanted;
use crate::guard::{Auth, Guard};
use crate::operation::{Endpoint, Method, Publication, Started, Stream};
use crate::positional::from_params;
use crate::resource::{self, Asked, Resource, ResourceSpec};
use crate::schema::Conform;
use crate::spec::{MethodSpec, Spec, Verb};
use crate::upload::{Upload, UploadedFile};

type Answer<'a> = BoxFuture<'a, Result<String>>;

/// A REST operation with its types erased, so that routing is compiled once.
pub struct EndpointEntry {
    /// Its facts.
    pub spec: Spec,
    /// What the guard asks of the login.
    pub auth: Auth,
    /// Calls answered, and how many of them were refused.
    pub calls: Calls,
    schema: fn() -> schemars::Schema,
    reply_schema: fn() -> schemars::Schema,
    conform: OnceLock<Conform>,
    call: for<'a> fn(Value, Option<UploadedFile>, &'a Ctx) -> Answer<'a>,
    file: Option<FileRule>,
}

/// Name of a form's file part, and how large it may be.
type FileRule = (&'static str, fn(&Ctx) -> Option<u64>);

/// Counters of one operation, for `/metrics`.
#[derive(Debug, Default)]
pub struct Calls {
    /// All answers.
    pub total: AtomicU64,
    /// Answers that were errors.
    pub refused: AtomicU64,
    /// Time spent, in microseconds.
    pub micros: AtomicU64,
}

impl EndpointEntry {
    fn new<E: Endpoint>() -> Self {
        Self {
            spec: E::SPEC,
            auth: <E::Guard as Guard<E>>::AUTH,
            calls: Calls::default(),
            schema: || schemars::schema_for!(E),
            reply_schema: reply_schema::<E::Reply>,
            conform: OnceLock::new(),
            call: |params, _no_file, ctx| Box::pin(answer_endpoint::<E>(params, ctx)),
            file: None,
        }
    }

    fn upload<U: Upload>() -> Self {
        Self {
            spec: U::SPEC,
            auth: <U::Guard as Guard<U>>::AUTH,
            calls: Calls::default(),
            schema: || schemars::schema_for!(U),
            reply_schema: reply_schema::<U::Reply>,
            conform: OnceLock::new(),
            call: |params, file, ctx| Box::pin(answer_upload::<U>(params, file, ctx)),
            file: Some((U::FIELD, U::limit)),
        }
    }

    /// Name of the form's file part, if the operation takes a form with a file; empty if any will do.
    pub fn file_field(&self) -> Option<&'static str> {
        self.file.map(|(field, _)| field)
    }

    /// What the operation asks of a form's file.
    pub(crate) fn wanted_file(&self, ctx: &Ctx) -> Option<Wanted> {
        self.file.map(|(field, limit)| Wanted { field, limit: limit(ctx) })
    }

    /// JSON schema of the parameters; its description is the operation's documentation.
    pub fn schema(&self) -> schemars::Schema {
        (self.schema)()
    }

    /// JSON schema of the answer.
    pub fn reply_schema(&self) -> schemars::Schema {
        (self.reply_schema)()
    }

    /// The parameter check, compiled at the first call.
    pub fn conform(&self) -> &Conform {
        self.conform.get_or_init(|| Conform::new((self.schema)()))
    }

    /// Guard and work. The answer is EJSON text.
    pub fn call<'a>(&self, params: Value, ctx: &'a Ctx) -> Answer<'a> {
        (self.call)(params, None, ctx)
    }

    /// The same with a form's file.
    pub fn call_with_file<'a>(&self, params: Value, file: Option<UploadedFile>, ctx: &'a Ctx) -> Answer<'a> {
        (self.call)(params, file, ctx)
    }
}

fn reply_schema<R: schemars::JsonSchema>() -> schemars::Schema {
    schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<R>()
}

async fn answer_upload<U: Upload>(params: Value, file: Option<UploadedFile>, ctx: &Ctx) -> Result<String> {
    let params: U =
        serde_json::from_value(params).map_err(|error| Error::invalid_params(error.to_string()))?;
    let guard = U::Guard::admit(&params, ctx).await?;
    let reply = params.call(file, guard, ctx).await?;
    serde_json::to_string(&reply).map_err(Error::internal)
}

async fn answer_endpoint<E: Endpoint>(params: Value, ctx: &Ctx) -> Result<String> {
    let params: E =
        serde_json::from_value(params).map_err(|error| Error::invalid_params(error.to_string()))?;
    let guard = E::Guard::admit(&params, ctx).await?;
    let reply = params.call(guard, ctx).await?;
    serde_json::to_string(&reply).map_err(Error::internal)
}

/// A resource with its types erased.
pub struct ResourceEntry {
    /// Its facts.
    pub spec: ResourceSpec,
    /// What the guard asks of the login.
    pub auth: Auth,
    /// Calls answered, and how many of them were refused.
    pub calls: Calls,
    schema: fn() -> schemars::Schema,
    conform: OnceLock<Conform>,
    call: for<'a> fn(Value, Asked, &'a Ctx) -> BoxFuture<'a, Result<resource::Answer>>,
    refuse: fn(&Error) -> resource::Answer,
}

impl ResourceEntry {
    /// JSON schema of the parameters; its description is the resource's documentation.
    pub fn schema(&self) -> schemars::Schema {
        (self.schema)()
    }

    /// The parameter check, compiled at the first call.
    pub fn conform(&self) -> &Conform {
        self.conform.get_or_init(|| Conform::new((self.schema)()))
    }

    /// Guard and work.
    pub fn call<'a>(
        &self,
        params: Value,
        asked: Asked,
        ctx: &'a Ctx,
    ) -> BoxFuture<'a, Result<resource::Answer>> {
        (self.call)(params, asked, ctx)
    }

    /// What a refusal looks like.
    pub fn refuse(&self, error: &Error) -> resource::Answer {
        (self.refuse)(error)
    }
}

async fn answer_resource<R: Resource>(params: Value, asked: Asked, ctx: &Ctx) -> Result<resource::Answer> {
    let params: R =
        serde_json::from_value(params).map_err(|error| Error::invalid_params(error.to_string()))?;
    let guard = R::Guard::admit(&params, ctx).await?;
    params.answer(asked, guard, ctx).await
}

/// A DDP method with its types erased.
pub struct MethodEntry {
    /// Its facts.
    pub spec: MethodSpec,
    /// What the guard asks of the login.
    pub auth: Auth,
    /// Calls answered, and how many of them were refused.
    pub calls: Calls,
    call: for<'a> fn(Vec<Value>, &'a Ctx) -> Answer<'a>,
}

impl MethodEntry {
    /// Guard and work. The answer is EJSON text; `null` stands for no result.
    pub fn call<'a>(&self, params: Vec<Value>, ctx: &'a Ctx) -> Answer<'a> {
        (self.call)(params, ctx)
    }
}

async fn answer_method<M: Method>(params: Vec<Value>, ctx: &Ctx) -> Result<String> {
    let params: M = from_params(params)?;
    let guard = M::Guard::admit(&params, ctx).await?;
    let reply = params.call(guard, ctx).await?;
    serde_json::to_string(&reply).map_err(Error::internal)
}

type MayFn = for<'a> fn(&'a str, &'a [Value], &'a Ctx) -> BoxFuture<'a, Result<bool>>;

/// A stream with its types erased.
pub struct StreamEntry {
    /// Name without the `stream-` prefix.
    pub name: &'static str,
    may_read: MayFn,
    may_write: MayFn,
}

impl StreamEntry {
    /// Whether the caller may subscribe to `event`.
    pub fn may_read<'a>(
        &self,
        event: &'a str,
        args: &'a [Value],
        ctx: &'a Ctx,
    ) -> BoxFuture<'a, Result<bool>> {
        (self.may_read)(event, args, ctx)
    }

    /// Whether the caller may write `event`.
    pub fn may_write<'a>(
        &self,
        event: &'a str,
        args: &'a [Value],
        ctx: &'a Ctx,
    ) -> BoxFuture<'a, Result<bool>> {
        (self.may_write)(event, args, ctx)
    }
}

type StartFn = for<'a> fn(Vec<Value>, &'a str, &'a Ctx) -> BoxFuture<'a, Result<Started>>;

/// A publication with its types erased.
pub struct PublicationEntry {
    /// Name on the wire.
    pub name: &'static str,
    start: StartFn,
}

impl PublicationEntry {
    /// Starts a subscription.
    pub fn start<'a>(
        &self,
        params: Vec<Value>,
        sub_id: &'a str,
        ctx: &'a Ctx,
    ) -> BoxFuture<'a, Result<Started>> {
        (self.start)(params, sub_id, ctx)
    }
}

/// All operations. Filled once at start, then only read.
#[derive(Default)]
pub struct Registry {
    endpoints: Vec<EndpointEntry>,
    fixed: HashMap<(Verb, String), usize>,
    patterns: HashMap<Verb, matchit::Router<usize>>,
    resources: Vec<ResourceEntry>,
    places: HashMap<Verb, matchit::Router<usize>>,
    methods: HashMap<&'static str, MethodEntry>,
    streams: HashMap<&'static str, StreamEntry>,
    publications: HashMap<&'static str, PublicationEntry>,
}

/// A route that fits a request.
pub struct Route<'r> {
    /// The operation.
    pub entry: &'r EndpointEntry,
    /// Values of the `:name` parts of its path.
    pub path_params: Vec<(String, String)>,
}

/// A resource that fits a request.
pub struct ResourceRoute<'r> {
    /// The resource.
    pub entry: &'r ResourceEntry,
    /// Values of the `:name` and `*name` parts of its path, still encoded.
    pub path_params: Vec<(String, String)>,
}

impl Registry {
    /// Registers a REST operation.
    ///
    /// # Panics
    /// If two operations claim one path: the server must not start with either.
    pub fn endpoint<E: Endpoint>(&mut self) -> &mut Self {
        self.add_endpoint(EndpointEntry::new::<E>())
    }

    /// Registers a REST operation that takes a form with a file.
    ///
    /// # Panics
    /// If two operations claim one path: the server must not start with either.
    pub fn upload<U: Upload>(&mut self) -> &mut Self {
        self.add_endpoint(EndpointEntry::upload::<U>())
    }

    /// Registers a resource outside `/api/v1`.
    ///
    /// # Panics
    /// If two resources claim one path: the server must not start with either.
    pub fn resource<R: Resource>(&mut self) -> &mut Self {
        let index = self.resources.len();
        let spec = R::SPEC;
        for path in std::iter::once(&spec.path).chain(spec.aliases) {
            for verb in spec.verbs {
                let taken = self.places.entry(*verb).or_default().insert(to_matchit(path), index);
                assert!(taken.is_ok(), "{} {path}: {taken:?}", verb.name());
            }
        }
        self.resources.push(ResourceEntry {
            spec,
            auth: <R::Guard as Guard<R>>::AUTH,
            calls: Calls::default(),
            schema: || schemars::schema_for!(R),
            conform: OnceLock::new(),
            call: |params, asked, ctx| Box::pin(answer_resource::<R>(params, asked, ctx)),
            refuse: R::refuse,
        });
        self
    }

    fn add_endpoint(&mut self, entry: EndpointEntry) -> &mut Self {
        let index = self.endpoints.len();
        let spec = entry.spec;
        for path in std::iter::once(&spec.path).chain(spec.aliases) {
            let taken = if path.contains(':') {
                self.patterns
                    .entry(spec.verb)
                    .or_default()
                    .insert(to_matchit(path), index)
                    .err()
                    .map(|e| e.to_string())
            } else {
                self.fixed
                    .insert((spec.verb, (*path).to_owned()), index)
                    .map(|_| "registered twice".to_owned())
            };
            assert!(taken.is_none(), "{} {path}: {taken:?}", spec.verb.name());
        }
        self.endpoints.push(entry);
        self
    }

    /// Registers a DDP method.
    ///
    /// # Panics
    /// If two methods have one name.
    pub fn method<M: Method>(&mut self) -> &mut Self {
        let entry = MethodEntry {
            spec: M::SPEC,
            auth: <M::Guard as Guard<M>>::AUTH,
            calls: Calls::default(),
            call: |params, ctx| Box::pin(answer_method::<M>(params, ctx)),
        };
        let taken = self.methods.insert(M::SPEC.name, entry);
        assert!(taken.is_none(), "method {} is registered twice", M::SPEC.name);
        self
    }

    /// Registers a stream.
    ///
    /// # Panics
    /// If two streams have one name.
    pub fn stream<S: Stream>(&mut self) -> &mut Self {
        let entry = StreamEntry {
            name: S::NAME,
            may_read: |event, args, ctx| Box::pin(S::may_read(event, args, ctx)),
            may_write: |event, args, ctx| Box::pin(S::may_write(event, args, ctx)),
        };
        assert!(self.streams.insert(S::NAME, entry).is_none(), "stream {} is registered twice", S::NAME);
        self
    }

    /// Registers a publication.
    ///
    /// # Panics
    /// If two publications have one name.
    pub fn publication<P: Publication>(&mut self) -> &mut Self {
        let entry = PublicationEntry {
            name: P::NAME,
            start: |params, sub_id, ctx| Box::pin(P::start(params, sub_id, ctx)),
        };
        assert!(
            self.publications.insert(P::NAME, entry).is_none(),
            "publication {} is registered twice",
            P::NAME
        );
        self
    }

    /// The operation at `path` (below `/api/v1/`, without a query string).
    pub fn route(&self, verb: Verb, path: &str) -> Option<Route<'_>> {
        if let Some(&index) = self.fixed.get(&(verb, path.to_owned())) {
            return Some(Route { entry: &self.endpoints[index], path_params: Vec::new() });
        }
        let found = self.patterns.get(&verb)?.at(path).ok()?;
        let path_params = found.params.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        Some(Route { entry: &self.endpoints[*found.value], path_params })
    }

    /// Whether there is a resource at a whole path, whatever the verb.
    pub fn has_resource(&self, path: &str) -> bool {
        self.places.values().any(|places| places.at(path).is_ok())
    }

    /// The resource at a whole path.
    pub fn find_resource(&self, verb: Verb, path: &str) -> Option<ResourceRoute<'_>> {
        let found = self.places.get(&verb)?.at(path).ok()?;
        let path_params = found.params.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        Some(ResourceRoute { entry: &self.resources[*found.value], path_params })
    }

    /// All resources, in the order of registration.
    pub fn resources(&self) -> &[ResourceEntry] {
        &self.resources
    }

    /// Verbs that `path` answers to, for the `Allow` header.
    pub fn verbs(&self, path: &str) -> Vec<Verb> {
        [Verb::Get, Verb::Post, Verb::Put, Verb::Delete]
            .into_iter()
            .filter(|&verb| self.route(verb, path).is_some())
            .collect()
    }

    /// The method of that name.
    pub fn find_method(&self, name: &str) -> Option<&MethodEntry> {
        self.methods.get(name)
    }

    /// The stream of that name, without the `stream-` prefix.
    pub fn find_stream(&self, name: &str) -> Option<&StreamEntry> {
        self.streams.get(name)
    }

    /// The publication of that name.
    pub fn find_publication(&self, name: &str) -> Option<&PublicationEntry> {
        self.publications.get(name)
    }

    /// All REST operations, in the order of registration.
    pub fn endpoints(&self) -> &[EndpointEntry] {
        &self.endpoints
    }

    /// All methods, by name.
    pub fn methods(&self) -> Vec<&MethodEntry> {
        let mut methods: Vec<_> = self.methods.values().collect();
        methods.sort_by_key(|entry| entry.spec.name);
        methods
    }

    /// Names of all streams.
    pub fn stream_names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.streams.keys().copied().collect();
        names.sort_unstable();
        names
    }

    /// Names of all publications that are not streams.
    pub fn publication_names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.publications.keys().copied().collect();
        names.sort_unstable();
        names
    }
}

/// `settings/:_id` as matchit writes it: `settings/{_id}`; `*rest` becomes `{*rest}`.
pub(crate) fn to_matchit(path: &str) -> String {
    path.split('/')
        .map(|part| match part.strip_prefix(':') {
            Some(name) => format!("{{{name}}}"),
            None if part.len() > 1 && part.starts_with('*') => format!("{{{part}}}"),
            None => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}
