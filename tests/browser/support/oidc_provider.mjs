// A provider of OpenID Connect for the office's tests: oidc-provider as it is, whose pages are left out. Whoever is sent
// there signs in by an address: /interaction/...?as=NAME, and how strongly by &acr=CLASS; without a name they decline.
// It prints its own address, and serves until its input ends.
//
// arguments: oidc-provider's main file, and as JSON
// { client: {...}, claims: { NAME: {...} }, acr: [...], onlyUserInfo: bool, clock: seconds that its clock is off }

import { createServer } from "node:http";

const [library, settings] = [process.argv[2], JSON.parse(process.argv[3])];
const now = Date.now;
Date.now = () => now() + (settings.clock ?? 0) * 1000;
const { default: Provider, interactionPolicy } = await import(library);

const server = createServer();
await new Promise((listens) => server.listen(0, "127.0.0.1", listens));
const issuer = `http://127.0.0.1:${server.address().port}`;
const names = new Set(Object.values(settings.claims).flatMap(Object.keys));

// A client of any port of this machine is a native one, whose person is asked each time: here is nobody to ask.
const policy = interactionPolicy.base();
policy.get("consent").checks.remove("native_client_prompt");

const provider = new Provider(issuer, {
  clients: [{ client_id: "office", application_type: "native", redirect_uris: ["http://127.0.0.1/oidc/return"], ...settings.client }],
  findAccount: (_, id) => {
    const claims = settings.claims[id];
    return claims && { accountId: id, claims: () => ({ sub: id, ...claims }) };
  },
  claims: { openid: ["sub"], profile: [...names], acr: null },
  acrValues: settings.acr ?? [],
  conformIdTokenClaims: settings.onlyUserInfo ?? false,
  cookies: { keys: ["for tests"] },
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "HS256"] },
  features: { devInteractions: { enabled: false } },
  interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
  // There is no page to agree on: what the office asks for is agreed.
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
});
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  const { as, acr } = ctx.query;
  const result = as ? { login: { accountId: as, ...(acr && { acr }) } } : { error: "access_denied" };
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  ctx.respond = false;
});
server.on("request", provider.callback());
console.log(issuer);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
