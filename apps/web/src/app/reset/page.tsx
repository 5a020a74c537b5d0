import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { ResetPage } from "../../features/auth/sign-in/reset-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("reset");
  return { title: t("title") };
}

export default function Page() {
  return <ResetPage />;
}
