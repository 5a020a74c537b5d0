"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { useIsOutdated } from "./new-version.ts";

function NoticeCard({ text, children }: { text: string; children: ReactNode }) {
  return (
    <div
      role="alert"
      className="fixed bottom-4 left-4 z-50 flex w-[min(376px,calc(100vw-32px))] items-center gap-3 rounded-3 bg-surface py-2 pr-2 pl-3 text-13 text-fg shadow-dialog max-md:bottom-20"
    >
      <span className="min-w-0 flex-1">{text}</span>
      {children}
    </div>
  );
}

/** Offers the new version to a page that could not reload by itself. */
export function NewVersionNotice() {
  const t = useTranslations("loading");
  if (!useIsOutdated()) return null;
  return (
    <NoticeCard text={t("newVersion")}>
      <Button onClick={() => location.reload()}>{t("reload")}</Button>
    </NoticeCard>
  );
}

/** Shown while a part of the page cannot be loaded. */
export function PartFailed({ onRetry, onClose }: { onRetry: () => void; onClose?: (() => void) | undefined }) {
  const t = useTranslations("loading");
  if (useIsOutdated()) return <NewVersionNotice />;
  return (
    <NoticeCard text={t("partFailed")}>
      {onClose ? <Button onClick={onClose}>{t("close")}</Button> : null}
      <Button onClick={onRetry}>{t("tryAgain")}</Button>
    </NoticeCard>
  );
}
