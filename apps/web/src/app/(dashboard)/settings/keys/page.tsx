import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { KeysPage } from "../../../../features/auth/keys/keys-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("settings.section");
  return { title: t("keys") };
}

export default function Page() {
  return <KeysPage />;
}
