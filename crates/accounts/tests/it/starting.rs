//! Who is there when a workspace starts.

use gantry_accounts::bootstrap;
use gantry_accounts::bootstrap::TEST_ADMIN;
use gantry_accounts::users;
use gantry_kernel::caller::Ctx;
use gantry_kernel::settings::Environment;
use serde_json::json;

use crate::workspace::each;

#[tokio::test]
async fn a_test_server_starts_with_an_administrator_of_the_test_users_name() {
    let environment: Environment = [
        ("ADMIN_USERNAME", TEST_ADMIN),
        ("ADMIN_PASS", "correct horse battery"),
        ("ADMIN_EMAIL", "admin@example.org"),
    ]
    .into_iter()
    .collect();
    each(async |workspace| {
        for start in 1..=2 {
            bootstrap(&workspace.kernel, &environment).await.expect("the workspace starts");
            let ctx = Ctx::internal(&workspace.kernel);
            let admin = ctx.read(async move |tx| users::by_username(tx, TEST_ADMIN).await).await;
            let admin = admin.expect("the database answers").expect("there is an administrator");
            assert_eq!(admin.roles, ["admin"], "start {start}");
        }
        let login = json!({ "user": TEST_ADMIN, "password": "correct horse battery" });
        assert_eq!(workspace.stranger().posts("login", login).await.0, 200);
    })
    .await;
}
