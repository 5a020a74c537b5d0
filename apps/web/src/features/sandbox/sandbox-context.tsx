import type { World } from "@pult/sandbox/control.ts";
import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { createContext, type ReactNode, useCallback, useContext } from "react";
import { showToast } from "../../ui/toast-manager.ts";
import { GROUPS } from "./group-lines.ts";

/** A titled part of the right pane. */
export function TraySection(props: { title: string; side?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-line border-b last:border-b-0">
      <header className="flex min-h-11 items-center gap-2 px-4">
        <h2 className="min-w-0 flex-1 truncate font-semibold text-13">{props.title}</h2>
        {props.side}
      </header>
      <div className="px-4 pb-3.5">{props.children}</div>
    </section>
  );
}

export const PHONE_KINDS = ["app", "telegram", "miniApp", "instagram", "linked"] as const;
export type PhoneKind = (typeof PHONE_KINDS)[number];
export const PANES = ["phone", "group", "tray"] as const;
export type Pane = (typeof PANES)[number];

/** What is looked at, in the address: whose phone, which app, which group as whom of the staff, and on a narrow screen which pane. */
export function useAddress() {
  return useQueryStates({
    phone: parseAsStringLiteral(PHONE_KINDS).withDefault("app"),
    customer: parseAsInteger,
    person: parseAsString,
    /** A user of Telegram's data centre, and the chat that is open on their phone. */
    user: parseAsInteger,
    chat: parseAsString,
    group: parseAsStringLiteral(GROUPS).withDefault("support"),
    staff: parseAsInteger,
    pane: parseAsStringLiteral(PANES).withDefault("phone"),
  });
}

export const WorldContext = createContext<World | null>(null);

/** The outside world, as it is now. @throws outside `WorldContext` */
export function useWorld(): World {
  const world = useContext(WorldContext);
  if (!world) throw new Error("useWorld outside of WorldContext");
  return world;
}

/** Runs what a button does; a refusal is said in the sandbox's own words. Answers whether it worked. */
export function useAttempt(): (action: () => Promise<unknown>) => Promise<boolean> {
  const t = useTranslations("sandbox");
  return useCallback(
    async (action) => {
      try {
        await action();
        return true;
      } catch (error) {
        const description = error instanceof Error ? error.message : String(error);
        showToast({ title: t("refused"), description, tone: "danger", icon: CircleAlert });
        return false;
      }
    },
    [t],
  );
}
