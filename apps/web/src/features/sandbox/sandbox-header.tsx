"use client";

import { Check, ChevronRight, RotateCcw } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { Fragment, useState } from "react";
import { BrandMark } from "../../ui/brand.tsx";
import { Button, buttonClass } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { ThemeButton } from "../shell/theme-button.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { control } from "./control-client.ts";
import { useAttempt } from "./sandbox-context.tsx";
import { STEPS, type Step } from "./steps.ts";

/** On a narrow screen only the numbers; their words are still read aloud. */
export function StepList({ reached, className }: { reached: ReadonlySet<Step>; className?: string }) {
  const t = useTranslations("sandbox");
  return (
    <ol aria-label={t("loop")} className={cx("flex items-center gap-3 text-12 max-lg:gap-1", className)}>
      {STEPS.map((step, index) => {
        const isDone = reached.has(step);
        return (
          <Fragment key={step}>
            {index > 0 ? (
              <li aria-hidden className="max-lg:hidden">
                <Icon of={ChevronRight} size={12} className="text-muted" />
              </li>
            ) : null}
            <li className={cx("inline-flex items-center gap-1.5", isDone ? "text-fg" : "text-muted")}>
              <span
                className={cx(
                  "grid size-[18px] place-items-center rounded-full font-semibold text-11",
                  isDone ? "bg-accent text-on-accent" : "bg-surface-4 text-fg-2",
                )}
              >
                {isDone ? <Icon of={Check} size={12} /> : index + 1}
              </span>
              <span className="max-lg:sr-only">{t(`step.${step}`)}</span>
              <span className="sr-only">{isDone ? t("stepDone") : t("stepOpen")}</span>
            </li>
          </Fragment>
        );
      })}
    </ol>
  );
}

export function SandboxHeader({ reached, isOffline }: { reached: ReadonlySet<Step>; isOffline: boolean }) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const [isAsking, setAsking] = useState(false);
  return (
    <header className="flex min-h-12 shrink-0 items-center gap-2 border-line border-b bg-surface px-4">
      <BrandMark />
      <h1 className="font-semibold text-14">{t("title")}</h1>
      <span
        className={cx("min-w-0 flex-1 truncate text-12 max-sm:hidden", isOffline ? "text-warning" : "text-muted")}
        role="status"
      >
        {t(isOffline ? "offline" : "subtitle")}
      </span>
      <span className="flex-1 sm:hidden" />
      <StepList reached={reached} className="max-md:hidden" />
      <span className="ml-2">
        <ThemeButton />
      </span>
      <Button onClick={() => setAsking(true)} aria-label={t("reset")} className="max-md:h-10">
        <Icon of={RotateCcw} />
        <span className="max-sm:hidden">{t("reset")}</span>
      </Button>
      <Link href="/inbox" prefetch={false} className={cx(buttonClass({ variant: "primary" }), "max-md:h-10")}>
        {t("openInbox")}
      </Link>
      <ConfirmDialog
        open={isAsking}
        title={t("resetTitle")}
        text={t("resetText")}
        isDanger
        action={t("reset")}
        onClose={() => setAsking(false)}
        onConfirm={() => attempt(control.reset)}
      />
    </header>
  );
}
