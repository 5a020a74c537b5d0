"use client";

import { FlaskConical } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { BrandMark } from "../../ui/brand.tsx";
import { buttonClass } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";

/** Whether this installation runs with its simulated Telegram. */
function useHasSandbox(): boolean {
  const [hasSandbox, setHasSandbox] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    fetch("/sandbox/api/world", { signal: abort.signal }).then(
      (answer) => setHasSandbox(answer.ok),
      () => {},
    );
    return () => abort.abort();
  }, []);
  return hasSandbox;
}

/** Opened in a browser, without Telegram around it. */
export function CustomerOutside() {
  const t = useTranslations("miniApp");
  const hasSandbox = useHasSandbox();
  return (
    <main className="scroll-pane grid min-h-0 flex-1 place-items-center p-6">
      <div className="w-[352px] max-w-full text-[0.9375rem]/[22px]">
        <BrandMark large />
        <h1 className="mt-4 mb-2 font-semibold text-20">{t("outside.title")}</h1>
        <p className="text-fg-2">{t("outside.why")}</p>
        <ol className="mt-4 list-decimal space-y-1 pl-5">
          <li>{t("outside.step1")}</li>
          <li>{t("outside.step2")}</li>
        </ol>
        {hasSandbox ? (
          <div className="mt-6 border-line border-t pt-4">
            <p className="mb-3 text-fg-2">{t("outside.sandbox")}</p>
            <a href="/sandbox?phone=miniApp" className={buttonClass({ variant: "primary", size: "touch" })}>
              <Icon of={FlaskConical} />
              {t("outside.openSandbox")}
            </a>
          </div>
        ) : null}
      </div>
    </main>
  );
}
