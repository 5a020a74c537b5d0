import { expect, it } from "vitest";
import type { GatewayServices } from "../gateways/services.ts";
import { createGateways } from "../gateways.ts";
import { createOpenApi } from "./openapi.ts";
import { renderOpenApi } from "./openapi-page.ts";

// Routes are declared, never called.
const app = { deps: {}, env: {}, integrations: { sandbox: null } };
const document = createOpenApi(createGateways({ app } as unknown as GatewayServices));
const { paths = {} } = document;

it("describes the documented REST endpoints from the schemas that validate them", () => {
  expect(Object.keys(paths)).toEqual([
    "/send_message",
    "/register_device",
    "/message_history/{user_id}",
    "/check_device/{user_id}",
    "/uploads/{file}",
    "/api/telegram/auth/init",
    "/api/telegram/auth/request-code",
    "/api/telegram/auth/sign-in",
    "/api/telegram/auth/password",
    "/api/telegram/sessions",
    "/api/telegram/sessions/{id}",
    "/api/telegram/chats",
    "/api/telegram/chats/{id}",
    "/api/telegram/chats/{id}/messages",
    "/api/telegram/chats/{id}/associations",
    "/api/telegram/chats/{id}/associations/{associationId}",
    "/api/telegram/contacts",
    "/api/telegram/media",
    "/api/telegram/media/{id}",
    "/api/telegram/media/{id}/thumbnail",
    "/api/telegram/media/{id}/info",
    "/api/telegram/media/uploads",
    "/api/telegram/media/uploads/{id}",
  ]);
  const history = paths["/message_history/{user_id}"]?.get;
  expect(history?.parameters).toMatchObject([
    { name: "user_id", in: "path", required: true },
    { name: "limit", in: "query", required: false, schema: { type: "integer", minimum: 1, default: 50 } },
    { name: "user_name", in: "query", required: false, schema: { maxLength: 128 } },
  ]);
  const body = paths["/register_device"]?.post?.requestBody as { content: Record<string, { schema: object }> };
  expect(body.content["application/json"]?.schema).toMatchObject({
    type: "object",
    required: ["user_id", "fcm_token"],
    properties: { fcm_token: { type: "string", maxLength: 4096 } },
  });
  expect([history?.security, paths["/uploads/{file}"]?.get?.security]).toEqual([[{ bearer: [] }, { apiKey: [] }], []]);
});

it("renders a page that loads nothing, with every field escaped", () => {
  const page = renderOpenApi(document);
  expect(page).not.toMatch(/src=|@import|url\(|https?:/);
  for (const text of ["POST /send_message", "GET /message_history/{user_id}", "fcm_token", "greeting_sent"])
    expect(page).toContain(text);
  const evil = { ...document, paths: { "/<b>": { get: { summary: '<script>"&', responses: {} } } } };
  expect(renderOpenApi(evil)).not.toMatch(/<script>|<b>/);
});
