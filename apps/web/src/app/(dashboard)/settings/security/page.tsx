import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { SecurityPage } from "../../../../features/auth/security/security-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("settings.section");
  return { title: t("security") };
}

export default function Page() {
  return <SecurityPage />;
}
