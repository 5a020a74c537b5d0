import { SignInPage } from "../../features/auth/sign-in/sign-in-form.tsx";
import { titled } from "../../i18n/titled.ts";

export const generateMetadata = titled("signIn.pageTitle");
export default SignInPage;
