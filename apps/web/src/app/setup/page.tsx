import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { SetUpPage } from "../../features/auth/sign-in/set-up-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("setUp");
  return { title: t("title") };
}

export default function Page() {
  return <SetUpPage />;
}
