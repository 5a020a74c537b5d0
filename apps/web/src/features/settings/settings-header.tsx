"use client";

import { ArrowLeft } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Icon } from "../../ui/icon.tsx";
import { iconButtonClass } from "../../ui/icon-button.tsx";
import { PaneHeader } from "../../ui/pane-header.tsx";

/** A section's head, with the way back to the list of sections where that is a page. */
export function SettingsHeader(props: { title: string; count?: number; children?: ReactNode }) {
  const t = useTranslations("settings");
  const back = (
    <Link href="/settings" prefetch={false} aria-label={t("back")} className={`${iconButtonClass()} md:hidden`}>
      <Icon of={ArrowLeft} className="size-5" />
    </Link>
  );
  return <PaneHeader {...props} leading={back} />;
}
