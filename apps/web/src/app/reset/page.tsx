import { ResetPage } from "../../features/auth/sign-in/reset-page.tsx";
import { titled } from "../../i18n/titled.ts";

export const generateMetadata = titled("reset.title");
export default ResetPage;
