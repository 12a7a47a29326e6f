// Drives idctest with the official clients. "flows URL START_URL" goes through all eight operations,
// and exits with 1 where an answer is not what the service's model or its users expect. "errors URL"
// reads [{operation, code}] from standard input, calls each operation once, and prints what its
// client makes of the error.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";

import * as portalModule from "@aws-sdk/client-sso";
import * as oidcModule from "@aws-sdk/client-sso-oidc";

const { SSO, SSOServiceException, paginateListAccounts, paginateListAccountRoles } = portalModule;
const { SSOOIDC, SSOOIDCServiceException } = oidcModule;

const [, , what, endpoint, startUrl] = process.argv;
const keys = { accessKeyId: process.env.TEST_KEY_ID, secretAccessKey: process.env.TEST_SECRET };
const settings = { endpoint, region: "us-east-1", credentials: keys, maxAttempts: 1 };
const portal = new SSO(settings);
const oidc = new SSOOIDC(settings);

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";
const JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TYPE = "urn:ietf:params:oauth:token-type:access_token";
const SCOPE = "sso:account:access";
const APPLICATION = "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-0123456789abcdef";

// fails checks that a call fails with the error of that name: modelled, unless model is null, as a
// class of the module.
async function fails(call, model, name, status, more = {}) {
  const error = await call.then(
    () => assert.fail(`${name} was expected`),
    (e) => e,
  );
  assert.equal(error.name, name);
  if (model) assert.ok(error instanceof model[name], `${name} is a ${error.constructor.name}`);
  assert.equal(error.$metadata.httpStatusCode, status, name);
  assert.ok(error.$metadata.requestId, `${name} has no request id`);
  for (const [member, value] of Object.entries(more)) assert.equal(error[member], value, `${member} of ${name}`);
}

// click posts a form of a page, as a person's browser does.
function click(path, fields) {
  return fetch(endpoint + path, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
}

async function register(more) {
  const client = await oidc.registerClient({ clientName: "interop", clientType: "public", scopes: [SCOPE], ...more });
  assert.ok(client.clientId && client.clientSecret);
  assert.ok(Math.abs(Date.now() / 1000 - client.clientIdIssuedAt) < 600, `issued at ${client.clientIdIssuedAt}`);
  assert.equal(client.clientSecretExpiresAt - client.clientIdIssuedAt, 90 * 86400);
  await fails(oidc.registerClient({ clientName: "interop", clientType: "confidential" }), oidcModule, "InvalidClientMetadataException", 400, {
    error: "invalid_client_metadata",
  });
  return { clientId: client.clientId, clientSecret: client.clientSecret };
}

function checkTokens(out) {
  assert.ok(out.accessToken);
  assert.ok(out.refreshToken);
  assert.equal(out.tokenType, "Bearer");
  assert.equal(out.expiresIn, 3600);
}

async function deviceFlow() {
  const client = await register();
  const start = async () => {
    const device = await oidc.startDeviceAuthorization({ ...client, startUrl });
    assert.ok(device.deviceCode && device.verificationUri);
    assert.match(device.userCode, /^[A-Z]{4}-[A-Z]{4}$/);
    assert.ok(device.verificationUriComplete.endsWith(device.userCode));
    assert.equal(device.expiresIn, 600);
    assert.equal(device.interval, 1);
    return device;
  };
  const poll = ({ deviceCode }) => oidc.createToken({ ...client, grantType: DEVICE, deviceCode });
  const answer = async (device, action) => assert.equal((await click("/device", { user_code: device.userCode, action })).status, 200);

  const slow = await start();
  await fails(poll(slow), oidcModule, "AuthorizationPendingException", 400, { error: "authorization_pending" });
  await fails(poll(slow), oidcModule, "SlowDownException", 400, { error: "slow_down" });

  const denied = await start();
  await answer(denied, "deny");
  await fails(poll(denied), oidcModule, "AccessDeniedException", 400, { error: "access_denied" });

  const device = await start();
  await answer(device, "approve");
  const tokens = await poll(device);
  checkTokens(tokens);

  const wrong = { ...client, clientSecret: "wrong" };
  await fails(oidc.startDeviceAuthorization({ ...wrong, startUrl }), oidcModule, "InvalidClientException", 401, { error: "invalid_client" });
  await fails(oidc.startDeviceAuthorization({ ...client, startUrl: "https://other.example.com" }), oidcModule, "InvalidRequestException", 400);
  await fails(oidc.createToken({ ...client, grantType: "password" }), oidcModule, "UnsupportedGrantTypeException", 400);
  return { client, tokens };
}

async function refresh({ client, tokens }) {
  const use = (refreshToken) => oidc.createToken({ ...client, grantType: "refresh_token", refreshToken });
  const next = await use(tokens.refreshToken);
  checkTokens(next);
  assert.notEqual(next.accessToken, tokens.accessToken);
  assert.notEqual(next.refreshToken, tokens.refreshToken);
  await fails(use(tokens.refreshToken), oidcModule, "InvalidGrantException", 400, { error: "invalid_grant" });
  await fails(use(next.refreshToken), oidcModule, "InvalidGrantException", 400); // the reuse has ended it
  return next.accessToken;
}

async function collect(pages, member) {
  const sizes = [];
  const all = [];
  for await (const page of pages) {
    sizes.push(page[member].length);
    all.push(...page[member]);
  }
  return [all, sizes];
}

async function usePortal(accessToken) {
  const [accounts, pages] = await collect(paginateListAccounts({ client: portal, pageSize: 2 }, { accessToken }), "accountList");
  assert.deepEqual(pages, [2, 2, 1]);
  assert.deepEqual(
    accounts,
    [1, 2, 3, 4, 5].map((n) => ({ accountId: `${n}`.repeat(12), accountName: `account ${n}`, emailAddress: `${n}@example.com` })),
  );
  const accountId = accounts[0].accountId;
  const [roles, rolePages] = await collect(paginateListAccountRoles({ client: portal, pageSize: 1 }, { accessToken, accountId }), "roleList");
  assert.deepEqual(rolePages, [1, 1]);
  assert.deepEqual(roles, [
    { accountId, roleName: "My Role+name@x/y" },
    { accountId, roleName: "ReadOnly" },
  ]);

  const { roleCredentials } = await portal.getRoleCredentials({ accessToken, ...roles[0] });
  assert.ok(roleCredentials.accessKeyId && roleCredentials.secretAccessKey && roleCredentials.sessionToken);
  const left = roleCredentials.expiration - Date.now();
  assert.ok(left > 3000_000 && left <= 3600_000, `credentials for ${left} ms`);

  await fails(portal.getRoleCredentials({ accessToken, accountId, roleName: "Admin" }), null, "ForbiddenException", 403, { message: "No access" });
  await fails(portal.listAccountRoles({ accessToken, accountId: "999999999999" }), portalModule, "ResourceNotFoundException", 404);
  await fails(portal.listAccounts({ accessToken, nextToken: "made up" }), portalModule, "InvalidRequestException", 400);
  await fails(portal.listAccounts({ accessToken: "made up" }), portalModule, "UnauthorizedException", 401, {
    message: "Session token not found or invalid",
  });

  const out = await portal.logout({ accessToken });
  assert.equal(out.$metadata.httpStatusCode, 200);
  await fails(portal.listAccounts({ accessToken }), portalModule, "UnauthorizedException", 401);
}

async function codeFlow() {
  const registered = "http://127.0.0.1/oauth/callback";
  const redirectUri = "http://127.0.0.1:54321/oauth/callback";
  const client = await register({ redirectUris: [registered], grantTypes: ["authorization_code", "refresh_token"], issuerUrl: startUrl });
  const codeVerifier = randomBytes(32).toString("base64url");
  const ask = {
    response_type: "code",
    client_id: client.clientId,
    redirect_uri: redirectUri,
    state: randomBytes(16).toString("hex"),
    code_challenge_method: "S256",
    code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
    scopes: SCOPE,
  };
  const page = await fetch(`${endpoint}/authorize?${new URLSearchParams(ask)}`, { redirect: "manual" });
  assert.equal(page.status, 200);
  const request = /name="request" value="([^"]+)"/.exec(await page.text())[1];
  const back = await click("/authorize", { request, action: "approve" });
  assert.equal(back.status, 303);
  const location = new URL(back.headers.get("location"));
  assert.equal(location.origin + location.pathname, redirectUri);
  assert.equal(location.searchParams.get("state"), ask.state);
  const code = location.searchParams.get("code");

  const use = (more) => oidc.createToken({ ...client, grantType: "authorization_code", code, redirectUri, codeVerifier, ...more });
  await fails(use({ codeVerifier: randomBytes(32).toString("base64url") }), oidcModule, "InvalidGrantException", 400);
  await fails(use({ redirectUri: registered }), oidcModule, "InvalidGrantException", 400);
  const tokens = await use();
  checkTokens(tokens);
  assert.equal((await portal.listAccounts({ accessToken: tokens.accessToken })).accountList.length, 5);

  await exchange(tokens.accessToken);

  await fails(use(), oidcModule, "InvalidGrantException", 400);
  await fails(portal.listAccounts({ accessToken: tokens.accessToken }), portalModule, "UnauthorizedException", 401); // the reuse has ended it
}

function checkIAM(out) {
  assert.ok(out.accessToken);
  assert.equal(out.issuedTokenType, ACCESS_TYPE);
  assert.deepEqual(out.scope, ["openid", "aws", "sts:identity_context"]);
  const claims = JSON.parse(Buffer.from(out.idToken.split(".")[1], "base64url"));
  assert.equal(claims.aud, APPLICATION);
  assert.ok(out.awsAdditionalDetails.identityContext);
  assert.equal(claims["sts:identity_context"], out.awsAdditionalDetails.identityContext);
}

async function exchange(subjectToken) {
  const input = { clientId: APPLICATION, grantType: EXCHANGE, subjectToken, subjectTokenType: ACCESS_TYPE, requestedTokenType: ACCESS_TYPE };
  const out = await oidc.createTokenWithIAM(input);
  checkIAM(out);
  assert.equal(out.refreshToken, undefined);
  await fails(oidc.createTokenWithIAM({ ...input, subjectToken: "made up" }), oidcModule, "InvalidGrantException", 400);
}

async function withIAM() {
  const input = { clientId: APPLICATION, grantType: JWT, assertion: "a.b.c" };
  const out = await oidc.createTokenWithIAM(input);
  checkIAM(out);
  checkTokens(out);
  const next = await oidc.createTokenWithIAM({ clientId: APPLICATION, grantType: "refresh_token", refreshToken: out.refreshToken });
  assert.notEqual(next.accessToken, out.accessToken);

  const signedBy = (more) => new SSOOIDC({ ...settings, ...more }).createTokenWithIAM(input);
  await fails(signedBy({ credentials: { ...keys, secretAccessKey: "wrong" } }), null, "InvalidSignatureException", 403);
  await fails(signedBy({ credentials: { ...keys, accessKeyId: "AKIDOTHER" } }), null, "UnrecognizedClientException", 403);
  await fails(signedBy({ region: "eu-west-1" }), null, "InvalidSignatureException", 403);
}

// inputs are enough for the clients to send something.
const inputs = {
  GetRoleCredentials: { accessToken: "a", accountId: "1", roleName: "r" },
  ListAccounts: { accessToken: "a" },
  ListAccountRoles: { accessToken: "a", accountId: "1" },
  Logout: { accessToken: "a" },
  RegisterClient: { clientName: "c", clientType: "public" },
  StartDeviceAuthorization: { clientId: "c", clientSecret: "s", startUrl: "u" },
  CreateToken: { clientId: "c", clientSecret: "s", grantType: DEVICE },
  CreateTokenWithIAM: { clientId: "c", grantType: JWT },
};

async function report({ operation, code }) {
  const isPortal = `${operation}Command` in portalModule;
  const [client, module, base] = isPortal ? [portal, portalModule, SSOServiceException] : [oidc, oidcModule, SSOOIDCServiceException];
  try {
    await client.send(new module[`${operation}Command`](inputs[operation]));
    return { operation, code };
  } catch (e) {
    const { httpStatusCode: status, requestId, cfId, extendedRequestId } = e.$metadata;
    const modelled = code in module && e instanceof module[code] && e instanceof base;
    return { operation, code: e.name, modelled, fault: e.$fault, status, requestId, cfId, extendedRequestId, message: e.message, description: e.error_description, error: e.error };
  }
}

switch (what) {
  case "flows": {
    const signIn = await deviceFlow();
    await usePortal(await refresh(signIn));
    await codeFlow();
    await withIAM();
    break;
  }
  case "errors": {
    const reports = [];
    for (const wanted of JSON.parse(await text(process.stdin))) reports.push(await report(wanted));
    console.log(JSON.stringify(reports));
    break;
  }
  default:
    assert.fail(`no such thing: ${what}`);
}
