import { appCustomer } from "@pult/api/support/customer.ts";
import { keyWith } from "@pult/api/testing/factories.ts";
import { describe, expect, it } from "vitest";
import { BareWallets, identifyTrader } from "./identify.ts";

describe("identifyTrader", () => {
  const shown = { kind: "anonymous" } as const;
  const url = () => new URL("http://local/ws");

  it("refuses callers without a token unless bare wallets are accepted, and keys without the scope always", () => {
    const wallets = new BareWallets();
    const refusal = expect.objectContaining({ code: "UNAUTHORIZED" });
    expect(() => identifyTrader(wallets, { url: url(), shown, legacyAuth: "required" })).toThrow(refusal);
    for (const legacyAuth of ["required", "open"] as const) {
      const key = keyWith("support:write");
      expect(() => identifyTrader(wallets, { url: url(), shown: key, legacyAuth })).toThrow(refusal);
      const customer = appCustomer("anna", null);
      expect(identifyTrader(wallets, { url: url(), shown: customer, legacyAuth })).toBe(customer);
    }
  });

  it("keeps a socket the wallet that it has named, whenever its caller is checked again", () => {
    const wallets = new BareWallets();
    const [first, second] = [url(), url()];
    const identify = (of: URL) => identifyTrader(wallets, { url: of, shown, legacyAuth: "open" });
    const visitor = identify(first);
    expect(identify(first)).toBe(visitor);
    expect(identify(second)).not.toEqual(visitor);
    expect([wallets.isNameless(first), wallets.isNameless(url())]).toEqual([true, false]);
    const named = wallets.name(first, "wallet");
    expect(named).toMatchObject({ namespace: "wallet", externalId: "wallet", isUnproven: true });
    expect([identify(first), wallets.isNameless(first)]).toEqual([named, false]);
    expect(wallets.isNameless(second)).toBe(true);
  });
});
