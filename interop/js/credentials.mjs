// Prints what the JavaScript SDK makes of a profile: "process" goes through its
// credential_process, "sso" through the SDK's own reading of the token cache, "ini" as
// the profile says, "chain" wherever the SDK looks by default.
import { fromIni, fromNodeProviderChain, fromProcess, fromSSO } from "@aws-sdk/credential-providers";

const [, , way, profile] = process.argv;
const provider = { ini: fromIni, process: fromProcess, sso: fromSSO, chain: fromNodeProviderChain }[way](profile ? { profile } : {});
const credentials = await provider();
console.log(JSON.stringify(credentials));
