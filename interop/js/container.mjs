// Prints what the JavaScript SDK gets from the container endpoint in the environment, one JSON object for
// each way, with the error's message where it gets none: "http" and "metadata" are its two providers for
// containers, "chain" is where every client looks by default. By default, they time out after one second, which a busy
// machine exceeds.
import { fromContainerMetadata, fromHttp, fromNodeProviderChain } from "@aws-sdk/credential-providers";

const [, , ...ways] = process.argv;
const providers = { http: fromHttp, metadata: fromContainerMetadata, chain: fromNodeProviderChain };
for (const way of ways) {
  const start = Date.now();
  try {
    const credentials = await providers[way]({ maxRetries: 0, timeout: 60_000 })();
    console.log(JSON.stringify({ ...credentials, took: Date.now() - start }));
  } catch (e) {
    console.log(JSON.stringify({ error: `${e.message}: ${e.Code}: ${e.Message}`, took: Date.now() - start }));
  }
}
