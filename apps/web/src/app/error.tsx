"use client";

import { TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { checkVersion } from "../ui/new-version.ts";

/** What is left when a page throws: said in words, with its id, and a way on. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations();
  // Rendering again would only ask for the same file of an older build.
  const isChunkError = error.name === "ChunkLoadError";
  useEffect(() => {
    if (isChunkError) void checkVersion();
  }, [isChunkError]);
  return (
    <main className="flex h-dvh flex-col bg-surface">
      <EmptyState
        icon={TriangleAlert}
        title={t("page.crashed")}
        hint={t("page.crashedHint")}
        footer={error.digest}
        role="alert"
      >
        <Button onClick={isChunkError ? () => location.reload() : reset}>{t("common.tryAgain")}</Button>
      </EmptyState>
    </main>
  );
}
