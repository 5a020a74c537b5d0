import type { Deps } from "@pult/api/context.ts";
import { requestError } from "@pult/api/errors.ts";
import { applyAudioEvent } from "@pult/api/trading/voice/participants.ts";
import type { Call } from "../../gateway.ts";
import { readText } from "../../http/body.ts";
import { setDataHeaders } from "../../http/security-headers.ts";
import type { TokenGuard } from "../../token-guard.ts";

const MAX_BODY_BYTES = 256 * 1024;

/** `POST /api/webhooks/livekit`: checked, applied, acknowledged; LiveKit repeats what is not. */
export async function receiveAudioWebhook(
  { request, response, ip }: Call,
  { deps, guard }: { deps: Deps; guard: TokenGuard },
): Promise<void> {
  const { authorization } = request.headers;
  const { audio } = deps;
  // Without a signature nothing is read.
  if (authorization === undefined || audio === null) throw requestError("unauthorized");
  const body = await readText(request, MAX_BODY_BYTES);
  const token = authorization;
  const event = await guard.admit({ ip, token }, () => audio.readWebhook(body, authorization));
  if (event) await applyAudioEvent(deps, event);
  setDataHeaders(response);
  response.writeHead(204).end();
}
