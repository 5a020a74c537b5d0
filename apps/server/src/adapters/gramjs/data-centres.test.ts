import { Api } from "telegram";
import { expect, test } from "vitest";
import { locateAt } from "./data-centres.ts";

test("finds a data centre where Telegram says it is, by an address for accounts", () => {
  const place = { id: 4, port: 443 };
  const dcOptions = [
    new Api.DcOption({ ...place, ipAddress: "2001:db8::4", ipv6: true }),
    new Api.DcOption({ ...place, ipAddress: "192.0.2.1", mediaOnly: true }),
    new Api.DcOption({ ...place, ipAddress: "192.0.2.2", cdn: true }),
    new Api.DcOption({ ...place, ipAddress: "192.0.2.4", port: 8443 }),
  ];
  expect(locateAt(4, { dcOptions } as Api.Config)).toEqual({ host: "192.0.2.4", port: 8443 });
  expect(locateAt(2, null)).toEqual({ host: "149.154.167.51", port: 443 });
});
