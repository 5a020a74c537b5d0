import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { ForgotPage } from "../../features/auth/sign-in/forgot-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("forgot");
  return { title: t("title") };
}

export default function Page() {
  return <ForgotPage />;
}
