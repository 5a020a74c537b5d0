"use client";

import { TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";

/** What is left when a page throws: said in words, with its id, and a way on. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations();
  return (
    <main className="flex h-dvh flex-col bg-surface">
      <EmptyState
        icon={TriangleAlert}
        title={t("page.crashed")}
        hint={t("page.crashedHint")}
        footer={error.digest}
        role="alert"
      >
        <Button onClick={reset}>{t("common.tryAgain")}</Button>
      </EmptyState>
    </main>
  );
}
