"""An ordinary FastAPI app: nothing in it knows of a gateway in front."""

from fastapi import Cookie, FastAPI, Form, Request, UploadFile, WebSocket
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

app = FastAPI(title="Notes")

PAGE = """<!doctype html>
<title>Notes</title>
<p id="said">nothing yet</p>
<script>
  fetch("/api/hello").then((answer) => answer.json()).then((body) => {
    document.getElementById("said").textContent = "The script said " + body.message;
  });
</script>
"""


@app.get("/", response_class=HTMLResponse)
def page():
    return PAGE


@app.get("/api/hello")
def hello():
    return {"message": "hello"}


@app.get("/old")
def old(request: Request):
    return RedirectResponse(request.url_for("page"), status_code=303)


@app.post("/login")
def login(name: str = Form()):
    response = RedirectResponse("/me", status_code=303)
    response.set_cookie("name", name, httponly=True)
    response.set_cookie("theme", "dark")
    return response


@app.get("/me")
def me(request: Request, name: str | None = Cookie(None), theme: str | None = Cookie(None)):
    return {"name": name, "theme": theme, "client": request.client.host}


@app.post("/upload")
async def upload(file: UploadFile):
    content = await file.read()
    return {"filename": file.filename, "bytes": len(content), "sum": sum(content)}


@app.get("/events")
def events():
    return StreamingResponse(
        (f"data: {number}\n\n" for number in range(3)), media_type="text/event-stream"
    )


@app.websocket("/socket")
async def socket(socket: WebSocket):
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text.upper())
