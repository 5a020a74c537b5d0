"use client";

import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { buttonClass } from "../ui/button.tsx";
import { checkVersion } from "../ui/new-version.ts";

/** Shown when a page throws. Every page carries it, so it is made of little. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations();
  // Rendering again would only ask for the same file of an older build.
  const isChunkError = error.name === "ChunkLoadError";
  useEffect(() => {
    if (isChunkError) void checkVersion();
  }, [isChunkError]);
  return (
    <main className="flex h-dvh flex-col items-center justify-center gap-2 bg-surface p-6 text-center" role="alert">
      <h1 className="font-semibold text-14">{t("page.crashed")}</h1>
      <p className="max-w-[44ch] text-muted">{t("page.crashedHint")}</p>
      <button type="button" className={buttonClass()} onClick={isChunkError ? () => location.reload() : reset}>
        {t("common.tryAgain")}
      </button>
      {error.digest ? <p className="font-mono text-11 text-muted">{error.digest}</p> : null}
    </main>
  );
}
