// Prints what the JavaScript SDK makes of a profile: "process" goes through its
<<<<<<< HEAD
// credential_process, "sso" through the SDK's own reading of the token cache, "chain" wherever the SDK looks
// by default.
import { fromNodeProviderChain, fromProcess, fromSSO } from "@aws-sdk/credential-providers";

const [, , way, profile] = process.argv;
const provider = { process: fromProcess, sso: fromSSO, chain: fromNodeProviderChain }[way](profile ? { profile } : {});
=======
// credential_process, "sso" through the SDK's own reading of the token cache, "ini" as
// the profile says.
import { fromIni, fromProcess, fromSSO } from "@aws-sdk/credential-providers";

const [, , way, profile] = process.argv;
const provider = { ini: fromIni, process: fromProcess, sso: fromSSO }[way]({ profile });
>>>>>>> 6d304c7 (interop: read the profiles of configure with the AWS CLI and the SDKs)
const credentials = await provider();
console.log(JSON.stringify(credentials));
