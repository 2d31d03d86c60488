//! HTTPS, with a certificate for localhost that signs itself and is good for a hundred years.

use std::sync::Arc;

use gantry_server::config::TlsFiles;
use gantry_store::Engine;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::harness::TestServer;

const CERTIFICATE: &[u8] = include_bytes!("one.crt");

fn files(key: &str) -> TlsFiles {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tls");
    TlsFiles { certificate: folder.join("one.crt"), key: folder.join(key) }
}

#[tokio::test]
async fn the_server_speaks_https_with_a_certificate() {
    let server = TestServer::start_with(Engine::Sqlite, |config| config.tls = Some(files("one.key"))).await;
    assert!(server.running.url().starts_with("https://"));

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(CERTIFICATE).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = tokio::net::TcpStream::connect(server.running.addr).await.unwrap();
    let name = "localhost".try_into().unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok"), "{answer}");
}

#[tokio::test]
async fn a_key_of_another_certificate_keeps_the_server_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = gantry_server::Config::new(folder.path());
    config.tls = Some(files("other.key"));
    let error = gantry_server::Gantry::start(config).await.map(drop).unwrap_err().to_string();
    assert!(error.starts_with("cannot use the certificate"), "{error}");
}
