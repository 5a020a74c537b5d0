import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { buttonClass } from "../ui/button.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("page");
  return { title: t("notFound") };
}

/** Every page carries this one: no icon and no router for it. */
export default async function NotFound() {
  const t = await getTranslations("page");
  return (
    <main className="flex h-dvh flex-col items-center justify-center gap-2 bg-surface p-6 text-center">
      <h1 className="font-semibold text-14">{t("notFound")}</h1>
      <p className="max-w-[44ch] text-muted">{t("notFoundHint")}</p>
      <a href="/inbox" className={buttonClass({ variant: "primary" })}>
        {t("toInbox")}
      </a>
    </main>
  );
}
