import { startDataCentre } from "@pult/sandbox/mtproto/testing.ts";
import { startRelay } from "./relay.ts";

/** The simulated data centre in a process of its own. Says where it listens, then obeys. */
export type CentreOrder =
  | { do: "people"; accounts: number }
  | { do: "code"; accountId: number }
  | { do: "burst"; from: number; to: number; count: number };

export interface Centre {
  address: string;
  publicKeyPem: string;
  /** The same, as from another country. */
  farAddress: string;
}

/** Milliseconds there and back. */
const FAR_MS = 40;
export interface People {
  personId: number;
  accounts: { accountId: number; phone: string }[];
}

const centre = await startDataCentre();
const { actions, address, publicKeyPem } = centre;
process.send?.({ address, publicKeyPem, farAddress: await startRelay(address, FAR_MS) } satisfies Centre);
process.on("message", (order: CentreOrder) => process.send?.(obey(order)));
process.once("disconnect", () => process.exit(0));

let lastPhone = 79_990_000_000;

function obey(order: CentreOrder): object {
  switch (order.do) {
    case "people": {
      const { personId } = actions.createPerson({ firstName: "Ann", phone: String(lastPhone++) });
      const accounts = Array.from({ length: order.accounts }, () => {
        const phone = String(lastPhone++);
        return { phone, accountId: actions.createAccount({ firstName: "Shop", phone }).accountId };
      });
      return { personId, accounts } satisfies People;
    }
    case "code":
      return { code: actions.signInCode(order.accountId) };
    case "burst":
      return {
        sent: actions.burst({ ...order, text: "Where is my order? It should have come yesterday." }).uids.length,
      };
  }
}
