import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { AuditPage } from "../../../../features/auth/audit/audit-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("settings.section");
  return { title: t("audit") };
}

export default function Page() {
  return <AuditPage />;
}
