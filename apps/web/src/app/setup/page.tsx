import { SetUpPage } from "../../features/auth/sign-in/set-up-page.tsx";
import { titled } from "../../i18n/titled.ts";

export const generateMetadata = titled("setUp.title");
export default SetUpPage;
