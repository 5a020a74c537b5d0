import { Compass } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { getTranslations } from "next-intl/server";
import { buttonClass } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("page");
  return { title: t("notFound") };
}

export default async function NotFound() {
  const t = await getTranslations("page");
  return (
    <main className="flex h-dvh flex-col bg-surface">
      <EmptyState icon={Compass} title={t("notFound")} hint={t("notFoundHint")}>
        <Link href="/inbox" prefetch={false} className={buttonClass({ variant: "primary" })}>
          {t("toInbox")}
        </Link>
      </EmptyState>
    </main>
  );
}
