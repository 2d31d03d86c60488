//! TLS of outgoing connections: one library, one list of authorities.

use std::sync::{Arc, LazyLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};

/// The configuration of the guarded client. Made once: the list of authorities is long.
pub(super) fn config() -> ClientConfig {
    static CONFIG: LazyLock<ClientConfig> = LazyLock::new(|| {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth()
    });
    CONFIG.clone()
}

/// Tells libraries that make their own TLS connections, such as that of the object storage, what to use.
/// A second call does nothing.
pub(crate) fn provide() {
    if CryptoProvider::get_default().is_none() {
        // Somebody else may be first: then there is a provider all the same.
        let _ = ring::default_provider().install_default();
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn clients_take_the_configuration_and_the_provider() {
        let client = reqwest::Client::builder().tls_backend_preconfigured(super::config());
        client.build().expect("the configuration is of the version that the client knows");
        super::provide();
        super::provide();
        reqwest::Client::builder().build().expect("there is a provider");
    }
}
