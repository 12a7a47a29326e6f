// Prints what the JavaScript SDK makes of a profile: "process" goes through its
// credential_process, "sso" through the SDK's own reading of the token cache.
import { fromProcess, fromSSO } from "@aws-sdk/credential-providers";

const [, , way, profile] = process.argv;
const provider = { process: fromProcess, sso: fromSSO }[way]({ profile });
const credentials = await provider();
console.log(JSON.stringify(credentials));
