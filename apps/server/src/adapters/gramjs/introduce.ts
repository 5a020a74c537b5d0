import { Api } from "telegram";
import { LAYER } from "telegram/tl/AllTLObjects.js";
import type { AnyRequest, Link } from "./link.ts";

export interface Introduction {
  api: { id: number; hash: string };
  device: string;
  times: { openMs: number };
}

/** Says who is there, which every session of MTProto begins with. */
export async function introduce(
  link: Link,
  { api, device, times }: Introduction,
  query: AnyRequest<unknown> = new Api.help.GetConfig(),
): Promise<unknown> {
  const introduction = new Api.InitConnection({
    ...{ apiId: api.id, deviceModel: device, systemVersion: "1.0", appVersion: "1.0" },
    ...{ systemLangCode: "en", langPack: "", langCode: "en", query },
  });
  const request = new Api.InvokeWithLayer({ layer: LAYER, query: introduction });
  return await link.invoke(request, { signal: AbortSignal.timeout(times.openMs) });
}
