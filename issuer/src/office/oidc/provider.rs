//! The provider: how it is asked, and what is believed of its answers.

use crate::office::config::OidcConfig;
use crate::office::now;
use crate::office::role::Role;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, AuthenticationContextClass, AuthorizationCode, Client, ClientId,
    ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IdTokenClaims, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer, in bytes.
const LONGEST: u64 = 256 << 10;
/// Seconds after which its addresses and keys are asked for again.
const FRESH: i64 = 600;
/// Seconds that two clocks may differ.
const SKEW: i64 = 60;
/// Signatures that are believed: those that need a key which only the provider has.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 6] = [
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
];

/// Claims that the library has no names for.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
struct Others(Map<String, Value>);

impl AdditionalClaims for Others {}

type Fields = IdTokenFields<
    Others,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type Asking = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider of OpenID Connect.
pub struct Provider {
    config: OidcConfig,
    issuer: IssuerUrl,
    secret: Option<ClientSecret>,
    agent: ureq::Agent,
    known: RwLock<Option<(i64, CoreProviderMetadata)>>,
}

/// What was asked, and what the answer has to fit.
#[derive(Serialize, Deserialize)]
pub(super) struct Asked {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

impl Asked {
    /// What comes back with whoever was sent.
    pub(super) fn state(&self) -> &str {
        self.state.secret()
    }
}

/// Whom the provider vouches for.
pub(super) struct Vouched {
    subject: String,
    /// How the person is called.
    pub(super) display: String,
    /// The roles that the office knows.
    pub(super) roles: Vec<Role>,
    /// The stations that the provider names.
    pub(super) stations: Vec<String>,
}

impl Vouched {
    /// The account here. A provider's subject may be called as somebody with an account here is: a local account's name
    /// has no colon. One that is too long for the audit is named by its hash.
    pub(super) fn account(&self) -> String {
        let plain = self.subject.len() <= 48 && self.subject.bytes().all(|byte| byte.is_ascii_graphic());
        if plain && !self.subject.is_empty() {
            return format!("oidc:{}", self.subject);
        }
        format!("oidc:#{}", base16ct::lower::encode_string(&Sha256::digest(self.subject.as_bytes())[..20]))
    }
}

/// Why the provider is not believed, or not asked. None names a person.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// Its secret cannot be read.
    #[error("the provider's secret {file} cannot be read: {error}; check oidc.client-secret-file in the office's file")]
    Secret {
        /// Which.
        file: String,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// Whom its TLS is checked with.
    #[error("{file} holds no certificate in PEM: check oidc.ca-file in the office's file")]
    Authority {
        /// Which.
        file: String,
    },
    /// An address.
    #[error("{0} is no address that a provider has: check oidc.issuer and address in the office's file")]
    Address(String),
    /// It does not answer.
    #[error("The provider does not answer. Wait a little and try again; if it stays so, tell the administrator.")]
    Away,
    /// It said something that does not hold.
    #[error("the provider's answer is refused: {0}; check oidc in the office's file, and the clocks of both")]
    Refused(&'static str),
    /// Somebody signed in less strongly than the office wants.
    #[error("The provider did not sign you in as strongly as this office wants. Begin again, with the second factor.")]
    Strength,
    /// Somebody came back without having been asked again.
    #[error("The provider did not ask for your password again. Sign out there, and begin again.")]
    Stale,
}

/// Why there was no answer over HTTP. It shows no address: one has the code in it.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
struct NoAnswer;

impl Provider {
    /// The provider of that configuration. It is not asked for anything yet: an office opens while its provider is away.
    ///
    /// # Errors
    /// [`ProviderError`] if the secret or the certificates cannot be read.
    pub fn new(config: &OidcConfig) -> Result<Self, ProviderError> {
        let issuer =
            IssuerUrl::new(config.issuer.clone()).map_err(|_| ProviderError::Address(config.issuer.clone()))?;
        let secret = config.client_secret_file.as_ref().map(|file| {
            let text = std::fs::read_to_string(file);
            let failed = |error| ProviderError::Secret { file: file.display().to_string(), error };
            text.map(|text| ClientSecret::new(text.trim().to_owned())).map_err(failed)
        });
        let mut tls = TlsConfig::builder();
        if let Some(file) = &config.ca_file {
            tls = tls.root_certs(authorities(file)?);
        }
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .https_only(!is_own(&config.issuer))
            .tls_config(tls.build())
            .build()
            .new_agent();
        Ok(Self { config: config.clone(), issuer, secret: secret.transpose()?, agent, known: RwLock::default() })
    }

    /// What to ask for, and where somebody is sent for it; `again` asks also one who is signed in there.
    ///
    /// # Errors
    /// [`ProviderError`] if the provider does not answer.
    pub(super) fn begin(&self, office: &str, again: bool) -> Result<(Asked, String), ProviderError> {
        let client = self.client(&self.metadata(false)?, office)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request =
            client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random).set_pkce_challenge(challenge);
        for scope in &self.config.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        for class in &self.config.acr {
            request = request.add_auth_context_value(AuthenticationContextClass::new(class.clone()));
        }
        if again {
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        }
        let (url, state, nonce) = request.url();
        Ok((Asked { state, nonce, verifier }, url.to_string()))
    }

    /// Whether an answer names this provider, if it names one: not another that somebody mixed in (RFC 9207).
    ///
    /// # Errors
    /// [`ProviderError::Refused`].
    pub(super) fn is_of(&self, named: Option<&str>) -> Result<(), ProviderError> {
        match named {
            Some(named) if named != self.issuer.as_str() => Err(ProviderError::Refused("it is another provider's")),
            _ => Ok(()),
        }
    }

    /// Exchanges the code for what the provider says of somebody, and believes what holds. With `since`, they must have
    /// been asked after that time.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub(super) fn vouch(
        &self,
        office: &str,
        code: String,
        asked: &Asked,
        since: Option<i64>,
    ) -> Result<Vouched, ProviderError> {
        let client = self.client(&self.metadata(false)?, office)?;
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.map_err(|_| ProviderError::Refused("it has no address for tokens"))?;
        let verifier = PkceCodeVerifier::new(asked.verifier.secret().clone());
        let ask = |request| self.call(request);
        let token = request.set_pkce_verifier(verifier).request(&ask).map_err(|error| match error {
            RequestTokenError::Request(_) => ProviderError::Away,
            RequestTokenError::ServerResponse(_) => ProviderError::Refused("it takes no such code or secret"),
            _ => ProviderError::Refused("its token cannot be read"),
        })?;
        let claims = match self.claims(&client, &token, &asked.nonce) {
            Ok(claims) => claims,
            // Its keys may have changed since they were asked for.
            Err(_) => self.claims(&self.client(&self.metadata(true)?, office)?, &token, &asked.nonce)?,
        };
        self.check(&claims, since)?;
        let others = self.others(&client, token.access_token(), &claims)?;
        Ok(self.read(&claims, &others))
    }

    fn claims(
        &self,
        client: &Asking,
        token: &StandardTokenResponse<Fields, CoreTokenType>,
        nonce: &Nonce,
    ) -> Result<IdTokenClaims<Others, CoreGenderClaim>, ProviderError> {
        let id = token.id_token().ok_or(ProviderError::Refused("it has no ID token"))?;
        let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
        let claims = id.claims(&verifier, nonce);
        let claims = claims.map_err(|_| {
            ProviderError::Refused("the ID token's signature, issuer, audience, nonce or time does not hold")
        })?;
        if let Some(expected) = claims.access_token_hash() {
            let wrong = ProviderError::Refused("the access token is not the ID token's");
            let key = id.signing_key(&verifier).map_err(|_| ProviderError::Refused("its key is not known"))?;
            let algorithm = id.signing_alg().map_err(|_| ProviderError::Refused("its algorithm is not known"))?;
            match AccessTokenHash::from_token(token.access_token(), algorithm, key) {
                Ok(hash) if hash == *expected => {}
                _ => return Err(wrong),
            }
        }
        Ok(claims.clone())
    }

    fn check(&self, claims: &IdTokenClaims<Others, CoreGenderClaim>, since: Option<i64>) -> Result<(), ProviderError> {
        let class = claims.auth_context_ref().map(|class| class.as_str());
        if !self.config.acr.is_empty() && !self.config.acr.iter().any(|wanted| Some(wanted.as_str()) == class) {
            return Err(ProviderError::Strength);
        }
        let at = claims.auth_time().map_or(i64::MIN, |time| time.timestamp());
        match since {
            Some(since) if at < since.saturating_sub(SKEW) => Err(ProviderError::Stale),
            _ => Ok(()),
        }
    }

    /// The claims of the ID token, and of what the provider tells beside it where roles or station are not in it.
    fn others(
        &self,
        client: &Asking,
        token: &AccessToken,
        claims: &IdTokenClaims<Others, CoreGenderClaim>,
    ) -> Result<Map<String, Value>, ProviderError> {
        let mut others = claims.additional_claims().0.clone();
        let has = |name: &str| !texts(&others, name).is_empty();
        if has(&self.config.roles_claim) && has(&self.config.station_claim) {
            return Ok(others);
        }
        // A provider without that address has told all it tells.
        let Ok(request) = client.user_info(token.clone(), Some(claims.subject().clone())) else { return Ok(others) };
        let ask = |request| self.call(request);
        let told: UserInfoClaims<Others, CoreGenderClaim> =
            request.request(&ask).map_err(|_| ProviderError::Refused("it does not tell about the person"))?;
        for (name, value) in &told.additional_claims().0 {
            // What was signed stands.
            others.entry(name.clone()).or_insert_with(|| value.clone());
        }
        Ok(others)
    }

    fn read(&self, claims: &IdTokenClaims<Others, CoreGenderClaim>, others: &Map<String, Value>) -> Vouched {
        let subject = claims.subject().as_str().to_owned();
        let name = claims.name().and_then(|names| names.get(None)).map(|name| name.as_str().to_owned());
        let display = name.or_else(|| claims.preferred_username().map(|name| name.as_str().to_owned()));
        let display = display.unwrap_or_else(|| subject.clone());
        let mut roles: Vec<Role> =
            texts(others, &self.config.roles_claim).iter().filter_map(|role| self.config.role(role)).collect();
        roles.sort_unstable();
        roles.dedup();
        Vouched {
            subject,
            display: display.chars().filter(|c| !c.is_control()).take(64).collect(),
            roles,
            stations: texts(others, &self.config.station_claim),
        }
    }

    fn client(&self, metadata: &CoreProviderMetadata, office: &str) -> Result<Asking, ProviderError> {
        let back = format!("{office}/oidc/return");
        let back = RedirectUrl::new(back.clone()).map_err(|_| ProviderError::Address(back))?;
        let id = ClientId::new(self.config.client_id.clone());
        Ok(Client::from_provider_metadata(metadata.clone(), id, self.secret.clone()).set_redirect_uri(back))
    }

    /// Its addresses and keys.
    fn metadata(&self, anew: bool) -> Result<CoreProviderMetadata, ProviderError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some((at, metadata)) if !anew && (0..FRESH).contains(&(now().0 - at)) => return Ok(metadata),
            _ => {}
        }
        let ask = |request| self.call(request);
        let metadata = CoreProviderMetadata::discover(&self.issuer, &ask).map_err(|error| match error {
            openidconnect::DiscoveryError::Request(_) => ProviderError::Away,
            _ => ProviderError::Refused("what it tells of itself cannot be read, or names another issuer"),
        })?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some((now().0, metadata.clone()));
        Ok(metadata)
    }

    fn call(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let (parts, body) = request.into_parts();
        let asked = if body.is_empty() {
            self.agent.run(axum::http::Request::from_parts(parts, ()))
        } else {
            self.agent.run(axum::http::Request::from_parts(parts, body))
        };
        let (parts, mut body) = asked.map_err(|_| NoAnswer)?.into_parts();
        let body = body.with_config().limit(LONGEST).read_to_vec().map_err(|_| NoAnswer)?;
        // A provider that is restarted answers by its proxy.
        if parts.status.is_server_error() {
            return Err(NoAnswer);
        }
        Ok(HttpResponse::from_parts(parts, body))
    }
}

fn authorities(file: &Path) -> Result<RootCerts, ProviderError> {
    let wrong = || ProviderError::Authority { file: file.display().to_string() };
    let pem = std::fs::read(file).map_err(|_| wrong())?;
    let certificates: Vec<Certificate<'static>> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() { Err(wrong()) } else { Ok(RootCerts::from(certificates)) }
}

/// Whether an address is this machine's: it needs no TLS.
pub(in crate::office) fn is_own(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("http://") else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |h| h.0);
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

/// The texts of a claim: one, or a list. A name that begins with `/` is a path (RFC 6901), for claims inside others.
fn texts(claims: &Map<String, Value>, name: &str) -> Vec<String> {
    let found = if let Some(path) = name.strip_prefix('/') {
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let value = claims.get(&first.replace("~1", "/").replace("~0", "~"));
        if rest.is_empty() { value } else { value.and_then(|value| value.pointer(&format!("/{rest}"))) }
    } else {
        claims.get(name)
    };
    match found {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_texts_lists_or_lie_inside_others() {
        let claims = serde_json::json!({"a": "x", "b": ["y", 3, "z"], "c": {"d/e": {"f": ["w"]}}, "n": 7});
        let Value::Object(claims) = claims else { panic!("an object") };
        let told = |name: &str| texts(&claims, name).join(" ");
        assert_eq!([told("a"), told("b"), told("/c/d~1e/f"), told("/a")], ["x", "y z", "w", "x"]);
        assert_eq!([told("c"), told("n"), told("none"), told("/"), told("/c/x")], ["", "", "", "", ""]);
    }

    #[test]
    fn only_this_machine_needs_no_tls() {
        for own in ["http://127.0.0.1:3000", "http://localhost", "http://[::1]:80/path", "http://[::1]"] {
            assert!(is_own(own), "{own}");
        }
        for other in [
            "http://127.0.0.1.example",
            "http://127.0.0.1:x@evil",
            "https://localhost",
            "http://localhost@evil",
            "http://",
        ] {
            assert!(!is_own(other), "{other}");
        }
    }

    #[test]
    fn nobody_at_the_provider_is_called_as_somebody_here() {
        let called = |subject: &str| {
            let (subject, display) = (subject.to_owned(), String::new());
            Vouched { subject, display, roles: Vec::new(), stations: Vec::new() }.account()
        };
        assert_eq!(called("hanako"), "oidc:hanako");
        let long = called(&"x".repeat(255));
        assert!(long.starts_with("oidc:#") && long.len() <= 64, "{long}");
        assert_ne!(called("a\nb"), called("a b"));
    }
}
