"use client";

import { useTranslations } from "next-intl";
import { useConnection } from "../../trpc/connection.tsx";
import { Dot } from "../../ui/dot.tsx";
import { largestUnit } from "./duration.ts";
import { useNow } from "./use-now.ts";

const TONES = { live: "success", catchingUp: "warning", offline: "hollow", connecting: "hollow" } as const;

/** In words, and for how long it has been offline. */
export function useConnectionText(): string {
  const t = useTranslations("connection");
  const { phase, since } = useConnection();
  const now = useNow(1000, phase === "offline");
  if (phase !== "offline") return t(phase);
  return t("offlineFor", { duration: t("duration", largestUnit(now - since)) });
}

/** One row of the rail. */
export function ConnectionStatus() {
  const t = useTranslations("connection");
  const { phase } = useConnection();
  const text = useConnectionText();
  return (
    <div title={text} className="flex h-8 items-center gap-2.5 px-2 text-fg-2 max-lg:justify-center">
      <span className="grid w-4 place-items-center">
        <Dot tone={TONES[phase]} />
      </span>
      <span className="num truncate max-lg:sr-only">{text}</span>
      {/* The seconds are not read aloud, the changes are. */}
      <span role="status" className="sr-only">
        {phase === "connecting" ? "" : t(phase)}
      </span>
    </div>
  );
}
