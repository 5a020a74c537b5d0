import { ForgotPage } from "../../features/auth/sign-in/forgot-page.tsx";
import { titled } from "../../i18n/titled.ts";

export const generateMetadata = titled("forgot.title");
export default ForgotPage;
