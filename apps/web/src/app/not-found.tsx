import { Compass } from "lucide-react";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { buttonClass } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("page");
  return { title: t("notFound") };
}

/** A plain link: every page carries this one, and none should carry a router for it. */
export default async function NotFound() {
  const t = await getTranslations("page");
  return (
    <main className="flex h-dvh flex-col bg-surface">
      <EmptyState icon={Compass} title={t("notFound")} hint={t("notFoundHint")}>
        <a href="/inbox" className={buttonClass({ variant: "primary" })}>
          {t("toInbox")}
        </a>
      </EmptyState>
    </main>
  );
}
